"""Fields are written safely, and received ones as they came."""

from __future__ import annotations

from email.header import Header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.fields import POLICY, ReceivedField, clean_value, text_of, unfolded
from mmcore.message.message import Message


class TestValues:
    @pytest.mark.parametrize(
        ("value", "cleaned"),
        [
            ("plain", "plain"),
            ("one\n\ttwo", "one\n\ttwo"),
            ("one\r\n two\r\n", "one\n two"),
            ("one\ntwo\rthree", "one two three"),
            ("one\n \n\t\n two", "one\n two"),
            ("\n one", "one"),
            ("\r\n", ""),
            ("a\x00b\x0bc\x85d\u2028e", "a b c d e"),
            ("\udcc3\udcbc", "ü"),
            ("\ud800", "?"),
            (5, "5"),
            (Header("Grüße", "iso-8859-1"), "=?iso-8859-1?q?Gr=FC=DFe?="),
        ],
    )
    def test_value_is_cleaned(self, value: object, cleaned: str) -> None:
        assert clean_value(value) == cleaned

    def test_header_object_that_cannot_be_encoded_is_taken_as_text(self) -> None:
        assert clean_value(Header("a\nX-Evil: 1")) == "a X-Evil: 1"

    def test_unfolding_removes_line_ends_only(self) -> None:
        assert unfolded(b"a\r\n  b\n\tc\rd") == "a  b\tc d"

    def test_bytes_of_any_charset_have_a_text(self) -> None:
        assert text_of(b"\xc3\xbc\xe2\x82\xac") == "ü€"
        assert text_of(b"\xfc\x80") == "ü€"
        assert text_of(b"\x81") == "\x81"


class TestWriting:
    def test_short_field_is_one_line(self) -> None:
        assert POLICY.fold_binary("X-Name", "value") == b"X-Name: value\r\n"
        assert POLICY.fold("X-Name", "value") == "X-Name: value\r\n"

    def test_long_field_is_folded(self) -> None:
        written = POLICY.fold_binary("X-Mailman-Rule-Misses", "; ".join(["some-rule"] * 20))
        assert all(len(line) <= 78 for line in written.splitlines())
        assert unfolded(written).count("some-rule") == 20

    def test_long_word_stands_beside_the_name_of_the_field(self) -> None:
        word = "x" * 100
        assert POLICY.fold_binary("X-Name", word) == f"X-Name: {word}\r\n".encode()
        assert POLICY.fold_binary("X-Name", f"{word} y") == f"X-Name: {word}\r\n y\r\n".encode()
        longest = "x" * (998 - len("X-Name: "))
        assert POLICY.fold_binary("X-Name", longest) == f"X-Name: {longest}\r\n".encode()
        # Below the name there is room for more.
        written = POLICY.fold_binary("X-Name", longest + "x")
        assert written == f"X-Name: \r\n {longest}x\r\n".encode()

    def test_text_beyond_ascii_is_encoded(self) -> None:
        assert POLICY.fold_binary("Subject", "Grüße") == b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n"

    def test_received_field_stays_and_gets_its_line_end(self) -> None:
        field = ReceivedField("x", b"subject:\t x")
        assert field.name == "subject"
        assert POLICY.fold_binary("subject", field) == b"subject:\t x\r\n"

    @given(st.text())
    def test_any_value_is_one_field(self, value: str) -> None:
        written = POLICY.fold_binary("X-Name", value)
        first, *others = written.split(b"\r\n")[:-1]
        assert first.startswith(b"X-Name:")
        assert all(line[:1] in (b" ", b"\t") for line in others)
        assert b"\n" not in written.replace(b"\r\n", b"")
        assert written.isascii()


class TestVeryLongValues:
    def test_they_are_folded_at_blanks_and_soon(self):
        value = "grün und blau " * 200_000 + "rot"
        msg = Message()
        msg["Subject"] = value
        lines = msg.as_bytes().split(b"\r\n")
        assert max(map(len, lines)) < 1000
        # A difference of megabytes is not worth being shown.
        same = b"".join(lines).decode() == f"Subject: {value}"
        assert same

    def test_one_without_blanks_stays_one_line(self):
        msg = Message()
        msg["X-Long"] = "x" * 300_000
        assert msg.as_bytes() == b"X-Long: " + b"x" * 300_000 + b"\r\n\r\n"
