from __future__ import annotations

import pytest

from i18n import using
from mmcore.message.compose import enclose
from mmcore.message.message import Message
from mmcore.services.notifications import OwnerNotification, UserNotification, bounce_to_author
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message
from tests.support.queues import queued


def sent(engine, site):
    """The one message in `virgin`."""
    (item,) = queued(engine, site, "virgin")
    return item


class TestUserNotification:
    def test_fields_and_metadata(self, engine, site, mlist):
        UserNotification(
            "Anne <Anne@example.com>", "test-bounces@example.com", "Hello", "Text.\n", "en"
        ).send(engine, mlist)
        msg, msgdata = sent(engine, site)
        assert list(msg) == [
            "Subject", "From", "To", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
            "Message-ID", "Date", "Auto-Submitted", "Precedence",
        ]  # fmt: skip
        assert msg["subject"] == "Hello"
        assert msg["from"] == "test-bounces@example.com"
        assert msg["to"] == "Anne <Anne@example.com>"
        assert msg["message-id"].endswith("@example.com>")
        assert msg["precedence"] == "bulk"
        assert msg.get_payload() == "Text.\r\n"
        assert msgdata["recipients"] == ["Anne@example.com"]
        assert msgdata["nodecorate"] is True
        assert msgdata["reduced_list_headers"] is True
        assert msgdata["listid"] == "test.example.com"

    def test_several_recipients(self, engine, site, mlist):
        people = ["b@example.com", "a@example.com"]
        UserNotification(people, "x@example.com", "Hello", "Text.").send(engine, mlist)
        msg, msgdata = sent(engine, site)
        assert msg["to"] == "b@example.com, a@example.com"
        assert msgdata["recipients"] == ["a@example.com", "b@example.com"]

    def test_keywords_become_metadata(self, engine, site, mlist):
        UserNotification("a@example.com", "x@example.com", "Hello", "Text.").send(
            engine, mlist, verp=True, nodecorate=False
        )
        _msg, msgdata = sent(engine, site)
        assert msgdata["verp"] is True
        assert msgdata["nodecorate"] is False

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_it_can_be_the_envelope_of_another_message(self, engine, site, mlist, sample):
        data = malformed(sample).as_bytes()
        notice = UserNotification("a@example.com", "x@example.com", "Hello")
        enclose(notice, malformed(sample))
        notice.send(engine, mlist)
        msg, _msgdata = sent(engine, site)
        assert list(msg)[:3] == ["Subject", "From", "To"]
        assert msg.get_content_type() == "message/rfc822"
        assert msg["mime-version"] == "1.0"
        assert ("content-transfer-encoding" in msg) == (not data.isascii())
        assert msg.body_bytes() == data

    def test_notice_of_the_site_has_no_list(self, engine, site):
        UserNotification("a@example.com", "x@example.com", "Hello", "Text.").send(engine, site)
        assert "listid" not in sent(engine, site)[1]

    def test_fields_that_are_set_stay(self, engine, site, mlist):
        notice = UserNotification("a@example.com", "x@example.com", "Hello", "Text.")
        notice["Precedence"] = "list"
        notice["Message-ID"] = "<mine>"
        notice["Date"] = "today"
        notice.send(engine, mlist)
        msg, _msgdata = sent(engine, site)
        for name, value in (("precedence", "list"), ("message-id", "<mine>"), ("date", "today")):
            assert msg.get_all(name) == [value]

    def test_robots_are_told_that_a_program_wrote_it(self, engine, site, mlist):
        notice = UserNotification("a@example.com", "x@example.com", "Hello", "Text.")
        notice.send(engine, mlist)
        assert sent(engine, site)[0]["auto-submitted"] == "auto-generated"
        notice = UserNotification("a@example.com", "x@example.com", "Hello", "Text.")
        notice["Auto-Submitted"] = "auto-replied"
        notice.send(engine, mlist)
        assert sent(engine, site)[0].get_all("auto-submitted") == ["auto-replied"]

    def test_precedence_can_be_left_out(self, engine, site, mlist):
        notice = UserNotification("a@example.com", "x@example.com", "Hello", "Text.")
        notice.send(engine, mlist, add_precedence=False)
        assert "precedence" not in sent(engine, site)[0]

    @pytest.mark.parametrize("subject", ["Grüße", "a\nBcc: x@example.com", "\udce9", "x" * 2000])
    def test_any_subject(self, engine, site, mlist, subject):
        UserNotification("a@example.com", "x@example.com", subject, "Text.").send(engine, mlist)
        msg, _msgdata = sent(engine, site)
        assert msg.as_bytes().isascii()
        assert "bcc" not in msg
        assert msg.subject_text[:3] == subject.replace("\n", " ").replace("\udce9", "é")[:3]

    def test_no_subject(self, engine, site, mlist):
        UserNotification("a@example.com", "x@example.com", None, "Text.").send(engine, mlist)
        assert sent(engine, site)[0]["subject"] == "(no subject)"

    @pytest.mark.parametrize("text", ["Grüße\n", "\udce9\n", "long " * 1000 + "\n"])
    def test_any_text(self, engine, site, mlist, text):
        UserNotification("a@example.com", "x@example.com", "Hello", text).send(engine, mlist)
        msg, _msgdata = sent(engine, site)
        data = msg.as_bytes()
        assert data.isascii()
        assert max(map(len, data.split(b"\r\n"))) <= 998
        charset = msg.get_content_charset()
        decoded = msg.get_payload(decode=True).decode(charset).replace("\r\n", "\n")
        assert decoded == text.replace("\udce9", "é")

    def test_without_text(self, engine, site, mlist):
        UserNotification("a@example.com", "x@example.com", "Hello").send(engine, mlist)
        assert sent(engine, site)[0].body_bytes() == b""

    def test_parts_are_attached_byte_for_byte(self, engine, site, mlist):
        data = b"Subject: \xe9\r\n\r\n\xff\x00 \r\n"
        notice = UserNotification("a@example.com", "x@example.com", "Hello", "Grüße\n")
        notice.attach_message(Message.parse(data))
        notice.send(engine, mlist)
        msg, _msgdata = sent(engine, site)
        assert msg.get_content_type() == "multipart/mixed"
        assert msg.get_all("mime-version") == ["1.0"]
        assert msg["content-transfer-encoding"] == "8bit"
        text, attached = msg.get_payload()
        assert text.get_payload(decode=True).decode() == "Grüße\r\n"
        assert attached["content-transfer-encoding"] == "8bit"
        assert attached.body_bytes() == data

    def test_parts_without_a_text(self, engine, site, mlist):
        notice = UserNotification("a@example.com", "x@example.com", "Hello")
        notice.attach_message(Message.parse(b"Subject: x\r\n\r\n"))
        notice.send(engine, mlist)
        (attached,) = sent(engine, site)[0].get_payload()
        assert attached.get_content_type() == "message/rfc822"


class TestOwnerNotification:
    def test_owner_of_the_site(self, engine, site, mlist):
        OwnerNotification(engine, mlist, "Hello", "Text.").send(engine, mlist)
        msg, msgdata = sent(engine, site)
        assert msg["from"] == msg["to"] == "changeme@example.com"
        assert msgdata["recipients"] == ["changeme@example.com"]
        assert msgdata["envsender"] == "changeme@example.com"

    def test_roster(self, engine, site, mlist):
        roster = ["b@example.com", "a@example.com", "a@example.com"]
        OwnerNotification(engine, mlist, "Hello", "Text.", roster).send(engine, mlist)
        msg, msgdata = sent(engine, site)
        assert msg["from"] == "changeme@example.com"
        assert msg["to"] == "test-owner@example.com"
        assert msgdata["recipients"] == ["a@example.com", "b@example.com"]


class TestBounceToAuthor:
    def test_text_and_original(self, engine, site, mlist):
        msg = message("From: Anne <a@example.com>\nSubject: =?utf-8?q?Caf=C3=A9?=\n\nHi.\n")
        with using("en"):
            assert bounce_to_author(engine, mlist, msg, "Not wanted.\n")
        bounce, msgdata = sent(engine, site)
        assert bounce["from"] == "test-owner@example.com"
        assert bounce["to"] == "a@example.com"
        assert bounce.subject_text == "Café"
        assert bounce["auto-submitted"] == "auto-replied"
        text, original = bounce.get_payload()
        assert text.get_payload() == "Not wanted.\r\n"
        assert original.body_bytes() == msg.as_bytes()
        assert msgdata["recipients"] == ["a@example.com"]

    def test_nobody_to_tell(self, engine, site, mlist):
        assert not bounce_to_author(engine, mlist, message("Subject: x\n\n"), "x")
        assert queued(engine, site, "virgin") == []

    @pytest.mark.parametrize("field", ["Auto-Submitted: auto-replied", "X-MailFrom: <>"])
    def test_a_program_is_not_answered(self, engine, site, mlist, field):
        msg = message(f"From: robot@example.org\n{field}\nSubject: x\n\n")
        assert not bounce_to_author(engine, mlist, msg, "x")
        assert queued(engine, site, "virgin") == []

    def test_malformed_originals_come_back_unchanged(self, engine, site, mlist):
        for sample in MALFORMED:
            msg = malformed(sample)
            if bounce_to_author(engine, mlist, msg):
                bounce, _msgdata = sent(engine, site)
                again = Message.parse(bounce.as_bytes())
                assert again.get_payload()[1].body_bytes() == msg.as_bytes(), sample
