"""Building multiparts and texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.compose import enclose, message_part, set_parts, set_text, text_part
from mmcore.message.message import Message

ORIGINAL = b"From: aperson@example.com\r\nSubject:  My  first post\r\n\r\nbare\nbody\xff"


class TestTexts:
    def test_ascii_is_sent_as_it_is(self) -> None:
        assert text_part("hello\n").as_bytes() == (
            b'Content-Type: text/plain; charset="us-ascii"\r\n'
            b"MIME-Version: 1.0\r\n"
            b"Content-Transfer-Encoding: 7bit\r\n\r\nhello\r\n"
        )

    @pytest.mark.parametrize(
        ("text", "charset", "found", "encoding"),
        [
            ("Grüße an alle von mir", "utf-8", "utf-8", "quoted-printable"),
            ("Grüße an alle von mir", "ISO-8859-1", "iso-8859-1", "quoted-printable"),
            ("日本語", "iso-8859-1", "utf-8", "base64"),
            ("日本語", "x-klingon", "utf-8", "base64"),
            ("x" * 2000, "utf-8", "us-ascii", "quoted-printable"),
        ],
    )
    def test_charset_and_encoding_suit_the_text(
        self, text: str, charset: str, found: str, encoding: str
    ) -> None:
        part = Message.parse(text_part(text, charset).as_bytes())
        assert part.get_content_charset() == found
        assert part["content-transfer-encoding"] == encoding
        assert part.text_lines() == [text]
        assert all(len(line) < 998 for line in part.as_bytes().splitlines())

    def test_packed_text_has_the_line_ends_of_mail(self) -> None:
        for text in ("日本\n語\n", "日本\r\n語\r\n"):
            part = text_part(text)
            assert part["content-transfer-encoding"] == "base64"
            assert part.get_payload(decode=True).decode() == "日本\r\n語\r\n"

    def test_new_text_of_a_received_part_keeps_its_parameters(self) -> None:
        msg = Message.parse(
            b"Content-Type: text/plain; format=flowed; charset=us-ascii\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"
        )
        set_text(msg, "Grüße", "utf-8")
        again = Message.parse(msg.as_bytes())
        assert again.get_param("format") == "flowed"
        assert again.text_lines() == ["Grüße"]

    def test_parameters_that_make_no_sense_are_dropped(self) -> None:
        data = b"Content-Type: text/plain; x*=nonsense''%FF; charset=us-ascii\r\n\r\ntext"
        msg = Message.parse(data)
        set_text(msg, "Grüße", "utf-8")
        assert msg["content-type"] == 'text/plain; charset="utf-8"'
        msg = Message.parse(data)
        msg.del_param("charset")
        assert msg["content-type"] == "text/plain"

    def test_text_replaces_parts(self) -> None:
        msg = Message()
        set_parts(msg, text_part("one"))
        set_text(msg, "two", subtype="html")
        assert msg.get_content_type() == "text/html"
        assert msg.as_bytes().endswith(b"\r\n\r\ntwo")

    @given(st.text(), st.sampled_from(["utf-8", "iso-8859-15", "shift_jis", "us-ascii"]))
    def test_any_text_comes_back(self, text: str, charset: str) -> None:
        part = Message.parse(text_part(text, charset).as_bytes())
        data = part.get_payload(decode=True).decode(part.get_content_charset())
        same_ends = data.replace("\r\n", "\n").replace("\r", "\n")
        assert same_ends == text.replace("\r\n", "\n").replace("\r", "\n")


class TestParts:
    def test_original_is_attached_byte_for_byte(self) -> None:
        notice = Message()
        notice["Subject"] = "a notice"
        set_parts(notice, text_part("text\n"), message_part(Message.parse(ORIGINAL)))
        data = notice.as_bytes()
        part = (
            b"\r\nContent-Type: message/rfc822\r\n"
            b"MIME-Version: 1.0\r\n"
            b"Content-Transfer-Encoding: 8bit\r\n\r\n"
        )
        assert part + ORIGINAL in data
        again = Message.parse(data)
        assert again["content-transfer-encoding"] == "8bit"
        types = [part.get_content_type() for part in again.walk()]
        assert types == ["multipart/mixed", "text/plain", "message/rfc822", "text/plain"]

    def test_ascii_original_needs_no_transfer_encoding(self) -> None:
        part = message_part(Message.parse(b"Subject: x\r\n\r\nbody\r\n"))
        assert "content-transfer-encoding" not in part
        notice = Message()
        set_parts(notice, text_part("text\n"), part)
        assert "content-transfer-encoding" not in notice

    def test_a_message_can_be_the_envelope_of_another(self) -> None:
        envelope = text_part("Grüße\n")
        envelope["Subject"] = "a copy"
        enclose(envelope, Message.parse(ORIGINAL))
        assert list(envelope) == [
            "MIME-Version", "Subject", "Content-Type", "Content-Transfer-Encoding",
        ]  # fmt: skip
        again = Message.parse(envelope.as_bytes())
        assert again.body_bytes() == ORIGINAL
        assert again["content-transfer-encoding"] == "8bit"

    def test_attached_message_is_a_copy(self) -> None:
        original = Message.parse(ORIGINAL)
        part = message_part(original)
        part.get_payload(0)["X-Added"] = "1"
        assert original.as_bytes() == ORIGINAL

    def test_parts_replace_a_text(self) -> None:
        msg = text_part("日本語")
        set_parts(msg, text_part("one"), text_part("two"), subtype="alternative")
        again = Message.parse(msg.as_bytes())
        assert again.get_content_type() == "multipart/alternative"
        assert "content-transfer-encoding" not in again
        assert len(again.get_payload()) == 2
