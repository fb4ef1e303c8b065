from __future__ import annotations

import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.pipelines.marks import Marks, find_marks, secret_of
from mmcore.services.personal import VALUES

SECRET = "0123456789abcdef"


def marks(wide=False):
    return Marks(SECRET, member=True, wide=wide, duplicate=False)


class TestSecret:
    def test_it_depends_on_the_message_and_the_site(self):
        assert secret_of(b"x", b"k") == secret_of(b"x", b"k")
        assert len({secret_of(b"x", b"k"), secret_of(b"y", b"k"), secret_of(b"x", b"")}) == 3

    def test_it_is_not_in_the_message(self):
        assert len(secret_of(b"", b"k" * 100)) == len(SECRET)


class TestMarks:
    @pytest.mark.parametrize("wide", [False, True])
    @pytest.mark.parametrize("name", VALUES)
    @given(before=st.text("ab=\n ", max_size=90), after=st.text("ab=\n ", max_size=90))
    def test_they_are_found_however_they_are_written(self, wide, name, before, after):
        mark = marks(wide).texts[name]
        data = f"{before}{mark}{after}".encode()
        for content, is_quoted in ((data, False), (quopri.encodestring(data), True)):
            content = content.replace(b"\n", b"\r\n")
            [found] = find_marks(content, SECRET)
            assert (found.name, found.is_quoted, found.is_html) == (name, is_quoted, False)
            around = content[: found.begin] + content[found.end :]
            if is_quoted:
                around = quopri.decodestring(around)
            assert around.decode().replace("\r\n", "\n") == before + after

    def test_strangers_have_none(self):
        assert Marks(SECRET, member=False, wide=False, duplicate=True).texts == {}

    def test_to_subject_and_html(self):
        these = marks()
        text = these.to + these.subject("Hello $user_name") + these.in_html["user_name"]
        to, subject, html = find_marks(text.encode(), SECRET)
        assert to.is_to
        assert subject.is_subject
        assert html.is_html
        assert html.name == "user_name"
        assert these.subject_text == "Hello $user_name"

    def test_those_of_other_messages_are_text(self):
        assert find_marks(marks().to.encode(), "f" * 16) == []
