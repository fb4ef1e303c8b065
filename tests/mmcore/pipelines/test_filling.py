from __future__ import annotations

import quopri
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mmcore.message.addresses import parse_addresses
from mmcore.message.headers import decode
from mmcore.message.message import Message
from mmcore.pipelines.filling import cut, encoded_words, quoted, subject_value, to_value
from mmcore.services.personal import clean

NAMES = st.text(max_size=300).map(clean)
EMAIL = "anne@example.com"


def field(name: str, value: bytes) -> Message:
    """A message with one field, and another after it that has to stay one."""
    return Message.parse(b"%s: %s\r\nX-After: 1\r\n\r\n" % (name.encode(), value))


class TestQuoted:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("Anne", b"Anne"),
            ("a=b", b"a=3Db"),
            ("", b""),
            ("B\xe4r", b"B=C3=A4r"),
            ("x ", b"x=20"),
            ("<a@b>", b"<a@b>"),
        ],
    )
    def test_some(self, text, expected):
        assert quoted(text) == expected

    @given(NAMES)
    def test_it_can_be_read_and_its_lines_are_short(self, text):
        written = quoted(text)
        assert quopri.decodestring(written).decode() == text
        assert all(len(line) <= 75 for line in written.split(b"\r\n"))
        assert b"\r" not in written.replace(b"=\r\n", b"")


class TestCut:
    def test_what_has_room_stays(self):
        assert cut(b"anne", 4) == b"anne"

    def test_not_within_a_character(self):
        assert cut("a\xe4".encode(), 2) == b"a"
        assert cut("\xe4".encode(), 0) == b""


class TestEncodedWords:
    @given(NAMES)
    def test_each_is_short_and_whole(self, text):
        words = encoded_words(text)
        assert all(len(word) <= 75 for word in words)
        assert decode(b"\r\n ".join(words).decode()) == " ".join(text.splitlines()).strip()


class TestTo:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("", b"anne@example.com"),
            ("Anne Person", b"Anne Person <anne@example.com>"),
            ("Anne Q. Person", b'"Anne Q. Person" <anne@example.com>'),
            ('A "B" \\', b'"A \\"B\\" \\\\" <anne@example.com>'),
            ("\xc4nne", b"=?utf-8?b?w4RubmU=?=\r\n <anne@example.com>"),
            ("x" * 60, b"x" * 60 + b"\r\n <anne@example.com>"),
        ],
    )
    def test_some(self, name, expected):
        assert to_value(name, EMAIL) == expected

    @given(NAMES)
    @example("=?utf-8?q?x?=")
    @example("a, b@c <d@e>")
    @example("\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16") * 100)
    def test_it_names_one_mailbox(self, name):
        msg = field("To", to_value(name, EMAIL))
        [(shown, email)] = parse_addresses(msg.get_all("to"))
        assert email == EMAIL
        assert shown == " ".join(name.split()) or decode(shown) == decode(name)
        assert msg["x-after"] == "1"

    @given(NAMES, NAMES)
    def test_whatever_the_address(self, name, email):
        msg = field("To", to_value(name, email))
        assert msg.keys() == ["To", "X-After"]
        assert all(len(line) <= 998 for line in to_value(name, email).split(b"\r\n"))


class TestSubject:
    @pytest.mark.parametrize("text", ["Hello Anne", "x" * 69, ""])
    def test_short_ones_stay(self, text):
        assert subject_value(text) == text.encode()

    @given(st.text(max_size=2000).map(lambda text: " ".join(clean(text).split())))
    @example("word " * 60 + "end")
    @example("x" * 2000)
    @example("=?utf-8?q?x?=")
    def test_it_can_be_read_and_its_lines_are_sane(self, text):
        written = subject_value(text)
        msg = field("Subject", written)
        assert msg.keys() == ["Subject", "X-After"]
        assert decode(msg["subject"]) == text
        assert all(len(line) <= 998 for line in written.split(b"\r\n"))
        assert not re.search(rb"\r\n(?![ \t])", written)
