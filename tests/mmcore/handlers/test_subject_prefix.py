from __future__ import annotations

import re
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmcore.message.headers import encode
from mmcore.message.message import Message


def prefixed(handle, subject, **msgdata):
    """The new Subject as it would be received, and the metadata."""
    msg, msgdata = handle("subject-prefix", f"Subject: {subject}\n\n", **msgdata)
    return Message.parse(msg.as_bytes())["subject"], msgdata


class TestPlainSubjects:
    @pytest.mark.parametrize(
        ("subject", "expected"),
        [
            ("Hello", "[Test] Hello"),
            ("[Test] Hello", "[Test] Hello"),
            ("[test]Hello", "[Test] Hello"),
            ("Re: Hello", "[Test] Re: Hello"),
            ("Re: [Test] Hello", "[Test] Re: Hello"),
            ("[Test] Re: [Test] Hello", "[Test] Re: Hello"),
            ("RE: AW: Sv [2] : vs[10]: Hello", "[Test] Re: Hello"),
            ("Fwd: Re: Hello", "[Test] Fwd: Re: Hello"),
            ("Regarding: Hello", "[Test] Regarding: Hello"),
            ("100% of %d", "[Test] 100% of %d"),
            ("", "[Test] (no subject)"),
            ("Re:", "[Test] Re: (no subject)"),
        ],
    )
    def test_one_prefix_and_one_mark(self, handle, subject, expected):
        assert prefixed(handle, subject)[0] == expected

    def test_missing_subject(self, handle):
        assert handle("subject-prefix", "From: a@example.com\n\n")[0]["subject"] == (
            "[Test] (no subject)"
        )

    def test_folded_subject_loses_nothing(self, handle):
        subject = "A very long subject that goes on\n\tand on [Test]\n  and on"
        words = " ".join(prefixed(handle, subject)[0].split())
        assert words == "[Test] A very long subject that goes on and on and on"

    def test_metadata_keep_what_it_was(self, handle):
        _subject, msgdata = prefixed(handle, "Re: [Test] Hello")
        assert msgdata == {
            "original_subject": "Re: [Test] Hello",
            "stripped_subject": "Re: Hello",
        }

    @pytest.mark.parametrize("key", ["isdigest", "_fasttrack"])
    def test_digests_and_notices_have_none(self, handle, key):
        assert prefixed(handle, "Hello", **{key: True})[0] == "Hello"

    @pytest.mark.parametrize("prefix", ["", "  "])
    def test_blank_prefix_changes_nothing(self, handle, mlist, prefix):
        mlist.subject_prefix = prefix
        assert prefixed(handle, "Hello")[0] == "Hello"


class TestPrefixes:
    @pytest.mark.parametrize(
        ("prefix", "expected"),
        [
            ("[T %d] ", "[T 123] Re: Hello"),
            ("[T %05d] ", "[T 00123] Re: Hello"),
            ("(a|b)* ", "(a|b)* Re: Hello"),
            ("100%", "100% Re: Hello"),
            ("two words: ", "two words: Re: Hello"),
            ("[Tëst %d] ", "[Tëst 123] Re: Hello"),
            ("first\nBcc: x", "first ... Re: Hello"),
        ],
    )
    def test_prefix_comes_in_front_once(self, handle, mlist, prefix, expected):
        mlist.subject_prefix = prefix
        mlist._posts.next_id = 123
        msg, _msgdata = handle("subject-prefix", "Subject: Re: Hello\n\n")
        assert msg.subject_text == expected
        msg, _msgdata = handle("subject-prefix", Message.parse(msg.as_bytes()))
        assert msg.subject_text == expected

    def test_other_numbers_are_recognised(self, handle, mlist):
        mlist.subject_prefix = "[T %d] "
        assert prefixed(handle, "Re: [T 99] Hello")[0] == "[T 1] Re: Hello"

    def test_word_is_not_cut_out_of_longer_words(self, handle, mlist):
        mlist.subject_prefix = "a "
        assert prefixed(handle, "What a banana")[0] == "a What banana"


class TestEncodedSubjects:
    @pytest.mark.parametrize(
        ("subject", "expected"),
        [
            ("=?utf-8?q?Caf=C3=A9?=", "[Test] Café"),
            ("Re: =?iso-8859-1?q?Caf=E9?= au lait", "[Test] Re: Café au lait"),
            ("=?utf-8?b?UmU6IFtUZXN0XSBDYWbDqQ==?=", "[Test] Re: Café"),
            ("=?iso-2022-jp?b?GyRCJDMkcyRLJEEkTxsoQg==?=", "[Test] こんにちは"),
            ("=?utf-8?q?Caf=C3?= =?utf-8?q?=A9?=", "[Test] Café"),
            ("=?us-ascii?q?Hello?=", "[Test] Hello"),
            ("Café", "[Test] Café"),
            ("What is =? here", "[Test] What is =? here"),
            ("=?utf-8?q?a=0D=0ABcc=3A_x?=", "[Test] a Bcc: x"),
            ("=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=", "[Test] =?utf-8?q?x?="),
            ("=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?iso-8859-2?q?_=B1?=", "[Test] Grüße ą"),
        ],
    )
    def test_text_is_kept_in_any_charset(self, handle, subject, expected):
        msg, _msgdata = handle("subject-prefix", f"Subject: {subject}\n\n")
        data = msg.as_bytes()
        assert data.isascii()
        again = Message.parse(data)
        assert again.subject_text == expected
        assert list(again) == ["Subject"]

    def test_charset_of_the_author_is_kept(self, handle):
        msg, _msgdata = handle("subject-prefix", "Subject: =?iso-8859-1?q?Caf=E9?=\n\n")
        assert msg["subject"] == "[Test] =?iso-8859-1?q?Caf=E9?="

    @pytest.mark.parametrize(
        "word", ["=?x-nonesuch?q?=ff?=", "=?utf-8?q?=ff?=", "=?hex?q?zz?=", "=?utf-8?b?w?="]
    )
    @pytest.mark.parametrize("prefix", ["[Test] ", "[Tëst] "])
    def test_words_that_nobody_can_read_go_on_as_they_came(self, handle, mlist, word, prefix):
        mlist.subject_prefix = prefix
        msg, _msgdata = handle("subject-prefix", f"Subject: Re: {word} x\n\n")
        assert msg["subject"].endswith(f" {word} x")
        assert msg.subject_text.startswith(prefix + "Re: ")


class TestLongSubjects:
    @pytest.mark.parametrize(
        "subject",
        [
            "re" + " " * 200_000 + "x",
            "re:" * 60_000,
            "[Test" * 40_000,
            "[Test] " * 30_000,
            "=?utf-8?q?" * 20_000,
            "=?utf-8?q?a?= " * 14_000,
            "=?utf-8?b?" + "QUJD" * 50_000 + "?=",
            "=?punycode?q?" + "abc123" * 30_000 + "?=",
            "\u00e4 " * 60_000,
        ],
        ids=range(9),
    )
    def test_they_take_no_longer_than_they_are(self, handle, mlist, subject):
        mlist.subject_prefix = "[Test] two words %d "
        start = time.process_time()
        msg = Message.parse(b"Subject: " + subject.encode() + b"\r\n\r\n")
        handle("subject-prefix", msg)[0].as_bytes()
        assert time.process_time() - start < 5


PREFIXES = (
    "[Test] ",
    "[T %d] ",
    "[%05d-T]",
    "T\u00ebst: ",
    "two words ",
    "(a|b)* ",
    "x",
    "=?x?q?y?= ",
)
PIECES = (
    st.text(max_size=12)
    | st.sampled_from(
        ["[Test] ", "[T 7] ", "Re: ", "AW:", "re [2] :", "\u00e4", " ", "\t", "=?", "?="]
    )
    | st.builds(
        lambda text, charset: encode(text, charset),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30),
        st.sampled_from(["utf-8", "iso-8859-1", "iso-2022-jp", "koi8-r"]),
    )
    | st.sampled_from(
        [
            "=?x-none?q?=ff?=",
            "=?utf-8?q?=ff?=",
            "=?utf-8?b?w?=",
            "=?utf-8?q?Caf=C3?=",
            "=?hex?q?zz?=",
        ]
    )
)


def essence(text: str, prefix: str) -> str:
    """The text without prefixes, reply marks and white space."""
    pattern = re.compile(
        "".join(
            r"\d+" if word.startswith("%") else re.escape(word)
            for word in re.split(r"(%0?\d*d)", "".join(prefix.split()))
        ),
        re.IGNORECASE,
    )
    text = re.sub(r"[\s\x00-\x1f\x7f]+", "", text)
    while True:
        shorter = re.sub(r"^((re|aw|sv|vs)(\[\d+\])?:)+", "", text, flags=re.IGNORECASE)
        shorter = pattern.sub("", shorter)
        if shorter == text:
            return text
        text = shorter


class TestAnySubject:
    @given(pieces=st.lists(PIECES, max_size=6), prefix=st.sampled_from(PREFIXES))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_no_text_is_lost(self, handle, mlist, pieces, prefix):
        mlist.subject_prefix = prefix
        raw = "".join(pieces).encode("utf-8", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
        before = Message.parse(b"Subject: " + raw + b"\r\n\r\n")
        expected = essence(before.subject_text, prefix)
        msg, _msgdata = handle("subject-prefix", Message.parse(before.as_bytes()))
        after = Message.parse(msg.as_bytes())
        assert list(after) == ["Subject"]
        assert after.as_bytes().isascii()
        assert after.subject_text.startswith(
            prefix.replace("%d", "1").replace("%05d", "00001").strip()
        )
        left = essence(after.subject_text, prefix)
        assert left == expected or (left == "(nosubject)" and not expected)

    @given(pieces=st.lists(PIECES, max_size=6), prefix=st.sampled_from(PREFIXES))
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    def test_doing_it_again_changes_nothing(self, handle, mlist, pieces, prefix):
        mlist.subject_prefix = prefix
        raw = "".join(pieces).encode("utf-8", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
        subjects = []
        data = b"Subject: " + raw + b"\r\n\r\n"
        for _ in range(2):
            data = handle("subject-prefix", Message.parse(data))[0].as_bytes()
            subjects.append("".join(Message.parse(data).subject_text.split()))
        assert subjects[0] == subjects[1]


class TestUnreadableWords:
    @pytest.mark.parametrize(
        "subject",
        [
            "=?x-nonesuch?q?=ff?= x",
            "Re: =?utf-8?q?Caf=C3?=",
            "=?utf-8?q?Caf=C3=A9?= =?utf-8?q?=A9?=",
            "Gr\u00fc\u00dfe =?x-nonesuch?q?=ff?=",
        ],
    )
    @pytest.mark.parametrize("prefix", ["[Test] ", "T\u00ebst: "])
    def test_a_thread_with_them_has_one_prefix_and_one_mark(self, handle, mlist, subject, prefix):
        mlist.subject_prefix = prefix
        data = f"Subject: {subject}\r\n\r\n".encode()
        for _ in range(3):
            data = handle("subject-prefix", Message.parse(data))[0].as_bytes()
            assert data.isascii()
            text = Message.parse(data).subject_text
            assert text.count(prefix.strip()) == 1
            assert text.startswith(prefix)
            data = data.replace(b"Subject: ", b"Subject: Re: ", 1)
        assert text.count("Re:") == 1

    def test_what_stands_right_beside_one_still_does(self, handle):
        msg, _msgdata = handle("subject-prefix", "Subject: =?utf-8?q?a=FF?= =?utf-8?q?bc?= d\n\n")
        assert msg["subject"] == "[Test] =?utf-8?q?a=FF?= =?utf-8?q?bc_d?="

    def test_prefix_that_begins_with_its_number(self, handle, mlist):
        mlist.subject_prefix = "%d: "
        assert prefixed(handle, "Re: 7: Chapter12: x")[0] == "1: Re: Chapter12: x"
