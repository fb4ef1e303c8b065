from __future__ import annotations

import pytest

from mmcore.message.message import Message
from mmcore.message.parts import extension, file_names, is_blank, is_opaque, take_over
from tests.mmcore.message.samples import SAMPLES


class TestExtension:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("a.exe", "exe"),
            ("a.tar.GZ", "gz"),
            (".profile", "profile"),
            ("a.exe. .", "exe"),
            ("a", ""),
            ("", ""),
            ("...", ""),
            ("b\u00f6se.\u00c4", "\u00e4"),
        ],
    )
    def test_last_suffix_in_lower_case(self, name, expected):
        assert extension(name) == expected


class TestFileNames:
    def test_two_that_differ(self):
        msg = Message.parse(
            b"Content-Type: x/y; name=a.exe\r\nContent-Disposition: x; filename=b\r\n\r\n"
        )
        assert file_names(msg) == ["b", "a.exe"]

    @pytest.mark.parametrize("sample", SAMPLES)
    def test_nothing_raises(self, sample):
        for part in Message.parse(SAMPLES[sample]).walk():
            file_names(part)
            is_opaque(part)
            is_blank(part)


class TestIsBlank:
    @pytest.mark.parametrize("text", ["", " \r\n", "\u00a0\r\n"])
    def test_white_space(self, text):
        assert is_blank(Message.parse(b"\r\n" + text.encode()))

    def test_text_and_other_things(self):
        assert not is_blank(Message.parse(b"\r\nx"))
        assert not is_blank(Message.parse(b"Content-Type: image/png\r\n\r\n"))


class TestTakeOver:
    @pytest.mark.parametrize("sample", SAMPLES)
    def test_body_is_the_same_byte_for_byte(self, sample):
        part = Message.parse(SAMPLES[sample])
        msg = Message.parse(b"From: a@example.com\r\nContent-Type: x/y\r\n\r\nbody")
        take_over(msg, part)
        assert msg.body_bytes() == part.body_bytes()
        assert msg["from"] == "a@example.com"
        assert msg.get_all("content-type") == part.get_all("content-type")
