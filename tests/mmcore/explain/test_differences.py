"""Differences between messages: readable, bounded, and none where nothing was changed."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.explain import differences
from mmcore.explain.differences import body_difference, difference, header_difference
from tests.support.messages import message

TEXT = """\
    From: anne@example.com
    Subject: Hello

    One.
    Two.
    """


class TestMessages:
    def test_a_field_more(self):
        before = message(TEXT)
        after = copy.deepcopy(before)
        after["X-New"] = "field"
        assert header_difference(before, after) == (
            "@@\n From: anne@example.com\n Subject: Hello\n+X-New: field"
        )
        assert body_difference(before, after) == ""

    def test_another_body(self):
        before = message(TEXT)
        after = copy.deepcopy(before)
        after.set_payload("One.\nThree.\n")
        assert header_difference(before, after) == ""
        assert body_difference(before, after) == "@@\n One.\n-Two.\n+Three."

    def test_a_body_as_it_came_in_is_not_even_read(self, monkeypatch):
        before = message(TEXT)
        after = copy.deepcopy(before)
        monkeypatch.setattr(type(before), "body_bytes", None)
        assert body_difference(before, after) == ""


class TestTexts:
    def test_equal_ones(self):
        assert difference(b"a\n", b"a\n") == ""

    def test_only_the_surroundings_are_shown(self):
        before = b"".join(b"%d\n" % number for number in range(1000))
        after = before.replace(b"\n500\n", b"\nfive hundred\n")
        assert difference(before, after) == "@@\n 498\n 499\n-500\n+five hundred\n 501\n 502"

    def test_line_ends_alone_are_no_difference_to_read(self):
        assert difference(b"a\r\nb\r\n", b"a\nb\n") == ""
        assert difference(b"a\rb", b"ab") == "@@\n-a\\rb\n+ab"

    def test_bytes_that_are_no_text(self):
        assert difference(b"\xff", b"\xfe\xfd") == "@@\n-\ufffd\n+\ufffd\ufffd"

    def test_of_large_texts_the_size(self, monkeypatch):
        large = b"x" * (differences.MOST_BYTES + 1)
        assert difference(b"", large) == f"@@ 0 bytes became {len(large)} @@"

    def test_of_many_lines_their_number(self):
        many = b"".join(b"%d\n" % number for number in range(1000))
        other = b"".join(b"%d\n" % -number for number in range(1, 1001))
        assert difference(many, other) == "@@ 1000 lines became 1000 @@"

    def test_long_lines_are_cut(self):
        shown = difference(b"", b"x" * 10_000)
        assert len(shown) < differences.LONGEST_LINE + 20
        assert shown.endswith(" […]")

    @given(st.binary(max_size=200), st.binary(max_size=200))
    def test_never_raises(self, before, after):
        shown = difference(before, after)
        assert isinstance(shown, str)
        assert before != after or shown == ""

    @pytest.mark.parametrize("text", [b"", b"\n", b"\n\n", b"a"])
    def test_an_end_without_a_line_end(self, text):
        assert difference(b"z", text).startswith("@@\n-z")
