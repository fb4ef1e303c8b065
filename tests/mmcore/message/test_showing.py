"""Messages as text: whoever parses the text finds what was in the message."""

from __future__ import annotations

import email

import pytest

from mmcore.message.message import Message
from mmcore.message.showing import shown
from tests.mmcore.message.samples import SAMPLES
from tests.support.malformed import MALFORMED

EVERY = SAMPLES | MALFORMED
PLAIN = b"From: a@example.com\r\nContent-Type: text/plain; charset=%s\r\n%s\r\n%s\r\n"


def show(data: bytes) -> str:
    return shown(Message.parse(data))


def parsed(data: bytes) -> email.message.Message:
    """The message as a client sees it: the standard library's reading of the text."""
    return email.message_from_string(show(data))


class TestShown:
    def test_ascii_is_shown_as_it_is(self):
        data = b"Subject: =?utf-8?q?x?=\r\n folded\r\n\r\nOne\r\n\r\nTwo\n"
        assert show(data) == "Subject: =?utf-8?q?x?=\n folded\n\nOne\n\nTwo\n"

    @pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16", "windows-1252"])
    @pytest.mark.parametrize("encoding", [b"", b"Content-Transfer-Encoding: 8bit\r\n"])
    def test_a_client_can_decode_eight_bits(self, charset, encoding):
        body = "Grüße, vielleicht\n".encode(charset).replace(b"\n", b"\r\n")
        found = parsed(PLAIN % (charset.encode(), encoding, body))
        text = found.get_payload(decode=True).replace(b"\r\n", b"\n")
        assert text == body.replace(b"\r\n", b"\n") + b"\n"
        assert found.get_content_charset() == charset

    def test_parts_of_a_multipart_are_shown_one_by_one(self):
        data = (
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\npre\xe4mble\r\n--b\r\n"
            b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n--b\r\n"
            b"Content-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\xff\r\n"
            b"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nplain\r\n--b--\r\n"
        )
        text, image, plain = parsed(data).get_payload()
        assert text.get_payload(decode=True) == "Grüße".encode()
        assert image.get_payload(decode=True).startswith(b"\x89PNG\xff")
        assert image["content-transfer-encoding"] == "base64"
        assert plain.get_payload() == "plain"

    def test_eight_bits_without_a_charset_are_guessed(self):
        data = b"Subject: h\xe4\r\nTo: h\xc3\xa4\r\n\r\nh\xe4\nh\xc3\xa4"
        assert show(data) == "Subject: hä\nTo: hä\n\nhä\nhä"

    def test_a_forwarded_message_is_looked_into(self):
        inner = PLAIN % (b"utf-8", b"", "Grüße".encode())
        (found,) = parsed(b"Content-Type: message/rfc822\r\n\r\n" + inner).get_payload()
        assert found.get_payload(decode=True) == "Grüße\n".encode()

    @pytest.mark.parametrize("name", EVERY)
    def test_nothing_makes_it_fail(self, name):
        text = show(EVERY[name])
        assert text.encode("utf-8").decode("utf-8") == text
        assert "\r" not in text
