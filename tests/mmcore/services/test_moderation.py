from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mmcore.message.message import Message
from mmcore.services.moderation import (
    can_acknowledge,
    hold_message,
    rejection_text,
    translate_reasons,
)
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message
from tests.support.queues import queued

POST = """\
From: Anne <aperson@example.com>
To: test@example.com
Subject: =?utf-8?q?Caf=C3=A9?=
{extra}
Hi.
"""


def post(extra="X-Mailer: x"):
    return message(POST.format(extra=extra + "\n" if extra else ""))


def notices(engine, site):
    """What is in `virgin`, by recipient."""
    return {msg["to"]: msg for msg, _msgdata in queued(engine, site, "virgin")}


class TestTranslateReasons:
    def test_texts_and_slots(self):
        assert translate_reasons(["plain", ("more than {} KB", 5), ["a {} list", "b"]]) == [
            "plain", "more than 5 KB", "a b list",
        ]  # fmt: skip

    def test_nothing(self):
        assert translate_reasons(None) == []
        assert translate_reasons([]) == []

    def test_wrong_slots_do_not_raise(self):
        assert translate_reasons([("too {} many {}", 1)]) == ["too {} many {} 1"]


class TestRejectionText:
    def test_reasons_are_named(self, engine, mlist):
        text = rejection_text(engine, mlist, ["One", ("{} Two", 2)])
        assert "\nOne\n2 Two\n" in text
        assert "Test" in text

    def test_without_reasons_there_is_none(self, engine, mlist):
        assert rejection_text(engine, mlist, []) is None
        assert rejection_text(engine, mlist, None) is None


class TestCanAcknowledge:
    @pytest.mark.parametrize(
        "field",
        [
            "Precedence: list",
            "precedence: bulk",
            "X-No-Ack: yes",
            "X-Ack: No",
            "LIST-Id: <x>",
            "Auto-Submitted: auto-replied",
            "Return-Path: <>",
            "X-MailFrom: <>",
        ],
    )
    def test_robots_get_no_answer(self, field):
        assert not can_acknowledge(post(field))

    @pytest.mark.parametrize(
        "field", ["", "X-Ack: yes", "Auto-Submitted: no", "Return-Path: <a@example.com>"]
    )
    def test_people_do(self, field):
        assert can_acknowledge(post(field))


class TestHoldMessage:
    def test_message_is_kept_with_its_data(self, engine, site, mlist):
        msg = post()
        held = hold_message(engine, mlist, msg, {"listid": mlist.list_id}, [("Because {}", 1)])
        assert site.held.get(held.request_id) is held
        assert held.sender == "aperson@example.com"
        assert held.subject == "=?utf-8?q?Caf=C3=A9?="
        assert held.reasons == [("Because {}", 1)]
        assert held.msgdata()["listid"] == mlist.list_id
        assert held.content.startswith("k:")
        assert engine.content.get(held.content) == msg.as_bytes()

    def test_processes_take_their_numbers_apart(self, engine, mlist):
        numbers = []
        for writer in ("in-0", "in-1", "in-0"):
            engine.content.writer = writer
            numbers.append(hold_message(engine, mlist, post(), {}, []).request_id)
        assert numbers == [1, 11, 2]

    def test_missing_message_id_is_added_with_its_hash(self, engine, mlist):
        msg = post()
        held = hold_message(engine, mlist, msg, {}, [])
        assert msg["message-id"].endswith("@example.com>")
        assert held.message_id == msg["message-id"]
        assert len(msg["message-id-hash"]) == 32

    def test_reference_of_the_message_itself_stays(self, engine, mlist):
        msg = post()
        msg.content_ref = "s:x:0:1"
        hold_message(engine, mlist, msg, {}, [])
        assert msg.content_ref == "s:x:0:1"

    def test_token_lives_as_long_as_the_moderator_may_take(self, engine, site, mlist):
        held = hold_message(engine, mlist, post(), {}, [])
        moderators = notices(engine, site)["test-owner@example.com"]
        token = moderators.get_payload()[2].get_payload()[0]["subject"].split()[1]
        assert held.token == token
        assert site.pendings.get(token) == {
            "type": "held message",
            "id": held.request_id,
            "list_id": "test.example.com",
        }
        expires = site.pendings._data[token].expires
        life = expires - datetime.now(UTC).replace(tzinfo=None)
        assert life > timedelta(days=179)

    def test_reasons_are_wrapped_and_indented(self, engine, site, mlist):
        hold_message(engine, mlist, post(), {}, ["Short", "word " * 30])
        sent = notices(engine, site)
        author = sent["aperson@example.com"].get_payload(decode=True).decode()
        assert "\r\n    Short\r\n    word word" in author
        moderators = sent["test-owner@example.com"].get_payload()[0].get_payload(decode=True)
        reasons = [line for line in moderators.decode().split("\r\n") if "word" in line]
        assert len(reasons) > 2
        assert all(line.startswith("    ") and len(line) <= 55 for line in reasons)

    def test_subject_is_shown_decoded(self, engine, site, mlist):
        hold_message(engine, mlist, post(), {}, [])
        author = notices(engine, site)["aperson@example.com"]
        assert "    Café\r\n" in author.get_payload(decode=True).decode()

    @pytest.mark.parametrize(
        ("extra", "msgdata", "changes"),
        [
            ("Precedence: bulk", {}, {}),
            ("X-Mailer: x", {"fromusenet": True}, {}),
            ("X-Mailer: x", {}, {"respond_to_post_requests": False}),
        ],
    )
    def test_author_is_not_always_told(self, engine, site, mlist, extra, msgdata, changes):
        for name, value in changes.items():
            setattr(mlist, name, value)
        hold_message(engine, mlist, post(extra), msgdata, [])
        assert list(notices(engine, site)) == ["test-owner@example.com"]

    def test_moderators_are_not_always_told(self, engine, site, mlist):
        mlist.admin_immed_notify = False
        hold_message(engine, mlist, post(), {}, [])
        assert list(notices(engine, site)) == ["aperson@example.com"]

    def test_malformed_messages_are_kept_byte_for_byte(self, engine, site, mlist):
        for sample in MALFORMED:
            msg = malformed(sample)
            held = hold_message(engine, mlist, msg, {}, [])
            kept = Message.parse(engine.content.get(held.content))
            assert kept.body_bytes() == malformed(sample).body_bytes(), sample
            moderators = notices(engine, site)["test-owner@example.com"]
            assert moderators.get_payload()[1].body_bytes() == msg.as_bytes(), sample


class TestAnswersToAuthors:
    def hold(self, engine, site, mlist, extra="X-Mailer: x"):
        """Hold a post; returns the notice to its author, or None."""
        mlist.admin_immed_notify = False
        hold_message(engine, mlist, post(extra), {}, [])
        return notices(engine, site).get("aperson@example.com")

    def test_they_belong_to_the_post(self, engine, site, mlist):
        notice = self.hold(engine, site, mlist, "Message-ID: <first@example.com>")
        assert notice["auto-submitted"] == "auto-replied"
        assert notice["in-reply-to"] == notice["references"] == "<first@example.com>"

    def test_there_are_ten_a_day_and_the_end_is_announced(self, engine, site, mlist):
        engine.settings.mmcore.max_autoresponses_per_day = 2
        sent = [self.hold(engine, site, mlist) for _ in range(5)]
        subjects = [None if notice is None else notice["subject"] for notice in sent]
        awaits = "Your message to test@example.com awaits moderator approval"
        no_more = "The last automatic answer of test@example.com for today"
        assert subjects == [awaits, awaits, no_more, None, None]
        assert sent[2]["from"] == "test-owner@example.com"
        assert len(site.held) == 5

    def test_no_robot_gets_any(self, engine, site, mlist):
        mlist.admin_immed_notify = False
        for email in ("test-leave@example.com", "owner-x@example.net"):
            msg = message(f"From: {email}\nSubject: x\n\nHi.\n")
            hold_message(engine, mlist, msg, {}, [])
        assert notices(engine, site) == {}
        assert len(site.held) == 2

    def test_a_template_of_the_list_is_wrapped(self, engine, site, mlist, settings):
        folder = settings.paths.template_dir / "lists/test.example.com/en"
        folder.mkdir(parents=True)
        (folder / "list:user:notice:hold.txt").write_text("word " * 30 + "\n\n$reasons\n")
        notice = self.hold(engine, site, mlist)
        assert "word word" in notice.get_payload()
        assert all(len(line) <= 70 for line in notice.get_payload().splitlines())
