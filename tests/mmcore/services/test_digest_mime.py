"""Digests as MIME messages, read back by the standard library."""

from __future__ import annotations

import email

import pytest

from mmcore.message.message import Message
from mmcore.services.digest_issue import Edition, Post
from mmcore.services.digest_mime import mime_digest, trimmed
from tests.mmcore.message.samples import SAMPLES
from tests.support.digests import parts_of, post
from tests.support.malformed import MALFORMED
from tests.support.messages import message


@pytest.fixture
def make(engine, mlist):
    """The digest of these posts."""

    def make(*msgs):
        posts = [Post(n, msg, msg.subject_text, "Anne") for n, msg in enumerate(msgs, 1)]
        return mime_digest(Edition(engine, mlist, 3, 7, posts))

    return make


@pytest.fixture
def texts(settings):
    """Write texts of the list."""

    def write(**values):
        folder = settings.paths.template_dir / "site" / "en"
        folder.mkdir(parents=True)
        for name, text in values.items():
            (folder / f"list:member:digest:{name}.txt").write_text(text)

    return write


class TestMimeDigest:
    def test_its_parts_are_texts_and_posts(self, make):
        texts, posts = parts_of(make(post(1), post(2)))
        assert [part["content-description"] for part in texts] == [
            "Test Digest, Vol 3, Issue 7", "Today's topics (2 messages)", "Digest Footer",
        ]  # fmt: skip
        assert "  1. [Test] Hello 1 (Anne)\n" in texts[1].get_payload().replace("\r\n", "\n")
        assert [p["subject"] for p in posts] == ["[Test] Hello 1", "[Test] Hello 2"]
        assert [p["message"] for p in posts] == ["1", "2"]

    def test_header_and_footer_are_parts_if_there_are_any(self, make, texts):
        texts(header="Read this!\n", footer="\n")
        found, _ = parts_of(make(post(1)))
        assert [part["content-description"] for part in found] == [
            "Test Digest, Vol 3, Issue 7", "Digest Header", "Today's topics (1 message)",
        ]  # fmt: skip
        assert found[1].get_payload() == "Read this!\r\n"

    def test_it_ends_with_the_end(self, make, mlist):
        assert make(post(1)).as_bytes().endswith(b"\r\nEnd of Test Digest, Vol 3, Issue 7\r\n")
        mlist.display_name = "Tëst"
        assert make(post(1)).as_bytes().endswith(b"\r\nEnd of T?st Digest, Vol 3, Issue 7\r\n")

    def test_texts_are_in_the_charset_of_the_language(self, make, mlist):
        mlist.display_name = "Tëst"
        mlist.preferred_language = "de"
        found, _ = parts_of(make(post(1)))
        assert found[0].get_content_charset() == "utf-8"
        assert "Mailingliste Tëst" in found[0].get_payload(decode=True).decode()

    def test_what_is_in_eight_bits_says_so_all_the_way_up(self, make):
        msg = make(message("Content-Type: text/plain; charset=utf-8\n\nGrüße\n"))
        again = email.message_from_bytes(msg.as_bytes())
        assert again["content-transfer-encoding"] == "8bit"
        _, [inner] = parts_of(msg)
        assert inner.get_payload(decode=True).decode() == "Grüße\r\n"

    @pytest.mark.parametrize("name", [*MALFORMED, *SAMPLES])
    def test_no_message_keeps_another_from_its_readers(self, make, name):
        bad = Message.parse((MALFORMED | SAMPLES)[name])
        data = make(post(1), bad, post(3)).as_bytes()
        again = Message.parse(data)
        posts = next(p for p in again.get_payload() if p.get_content_type() == "multipart/digest")
        assert len(posts.get_payload()) == 3
        assert bad.body_bytes() in data
        assert b"This is text number 1." in data
        assert b"This is text number 3." in data


class TestTrimmed:
    RAW = (
        b"Received: from a\r\nFROM:   Anne\r\n <anne@example.com>\r\nMessage: from me\r\n"
        b"DKIM-Signature: x\r\nSubject: =?x?q?y?= \xe4\r\nX-MailFrom: a\r\n"
        b"Content-Type: text/plain\r\nContent-Language: de\r\nMIME-Version: 1.0\r\n"
        b"\r\n  body \xff\n\n\r\n"
    )

    def test_kept_fields_and_the_body_are_what_they_were_byte_for_byte(self):
        found = trimmed(Post(5, Message.parse(self.RAW), "", ""), frozenset(("from", "subject")))
        assert found.as_bytes() == (
            b"FROM:   Anne\r\n <anne@example.com>\r\nSubject: =?x?q?y?= \xe4\r\n"
            b"Content-Type: text/plain\r\nContent-Language: de\r\nMIME-Version: 1.0\r\n"
            b"Message: 5\r\n\r\n  body \xff\n\n\r\n"
        )

    def test_with_no_names_all_fields_are_kept(self):
        found = trimmed(Post(5, Message.parse(self.RAW), "", ""), frozenset())
        expected = self.RAW.replace(b"Message: from me\r\n", b"").replace(
            b"\r\n\r\n", b"\r\nMessage: 5\r\n\r\n", 1
        )
        assert found.as_bytes() == expected

    def test_the_settings_say_which(self, make, settings):
        settings.digests.mime_digest_keep_headers = ("Subject",)
        _, [inner] = parts_of(make(post(1)))
        assert inner.keys() == ["Subject", "Message"]
        settings.digests.mime_digest_keep_headers = ()
        _, [inner] = parts_of(make(post(1)))
        assert "received" in inner

    def test_a_message_without_fields_gets_its_number(self):
        found = trimmed(Post(1, Message.parse(b"just text\r\n"), "", ""), frozenset(("from",)))
        assert found.as_bytes() == b"Message: 1\r\n\r\njust text\r\n"
