"""Whom automatic answers go to, how many, and how they are marked."""

from __future__ import annotations

import pytest

from mmcore.interfaces.auto_response import Response
from mmcore.services.auto_responses import (
    Quota,
    answer_to,
    is_automatic,
    is_bulk,
    is_from_list,
    is_robot,
    may_answer,
    repeatable_id,
    take_quota,
    tell_no_more,
    wants_answers,
)
from mmcore.services.notifications import UserNotification
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message
from tests.support.queues import queued

ANNE = "anne@example.com"


def post(*fields, sender="Anne <Anne@example.com>"):
    lines = "".join(f"{field}\n" for field in fields)
    return message(f"From: {sender}\nMessage-ID: <first@example.com>\n{lines}\nHi.\n")


class TestIsAutomatic:
    @pytest.mark.parametrize(
        "field",
        [
            "Auto-Submitted: auto-replied",
            "auto-submitted: AUTO-GENERATED; type=x",
            "Auto-Submitted: auto-notified (a comment)",
            "Auto-Submitted: whatever",
            "Return-Path: <>",
            "X-MailFrom: <>",
            "X-Autoreply: yes",
            "Content-Type: multipart/report; report-type=delivery-status",
        ],
    )
    def test_programs_say_so(self, field):
        assert is_automatic(post(field))

    @pytest.mark.parametrize(
        "field",
        ["Subject: x", "Auto-Submitted: no", "Auto-Submitted: No (it is me)", "Auto-Submitted:",
         "Return-Path: <anne@example.com>", "Precedence: bulk"],
    )  # fmt: skip
    def test_people_do_not(self, field):
        assert not is_automatic(post(field))


class TestWantsAnswers:
    @pytest.mark.parametrize(
        "field",
        ["X-Ack: NO", "X-No-Ack: whatever", "X-Auto-Response-Suppress: DR, AutoReply",
         "X-Auto-Response-Suppress: All", "Auto-Submitted: auto-replied"],
    )  # fmt: skip
    def test_who_asks_for_silence_gets_it(self, field):
        assert not wants_answers(post(field))

    @pytest.mark.parametrize(
        "field", ["Subject: x", "X-Ack: yes", "X-Auto-Response-Suppress: DR, OOF"]
    )
    def test_others_can_be_answered(self, field):
        assert wants_answers(post(field))

    def test_bulk_is_what_says_so(self):
        assert is_bulk(post("Precedence: Bulk"))
        assert is_bulk(post("Precedence: junk"))
        assert is_bulk(post("Precedence: list", "X-Ack: no"))
        assert not is_bulk(post("Precedence: list", "X-Ack: Yes"))
        assert not is_bulk(post("Precedence: first-class"))

    def test_lists_have_fields_of_their_own(self):
        assert is_from_list(post("LIST-id: <x>"))
        assert not is_from_list(post("X-List: x"))


class TestIsRobot:
    @pytest.mark.parametrize(
        "email",
        [
            "owner-x@example.net", "x-owner@example.net", "X-Request@example.net",
            "x-bounces@example.net", "MAILER-DAEMON@example.net", "majordomo@example.net",
            "noreply@example.net", "test@example.com", "test-leave@EXAMPLE.com",
            "test-confirm+abc@example.com",
        ],
    )  # fmt: skip
    def test_nobody_reads_these(self, engine, mlist, email):
        assert is_robot(engine, mlist.site, email)

    def test_nor_a_list_under_another_name_of_its_domain(self, engine, site, mlist):
        site.domains.get("example.com").alias_domain = "lists.example.com"
        assert is_robot(engine, site, "test@lists.example.com")

    @pytest.mark.parametrize(
        "email", ["anne@example.com", "owner@example.net", "tester@example.com", "x@y", ""]
    )
    def test_somebody_may_read_these(self, engine, mlist, email):
        assert not is_robot(engine, mlist.site, email)


class TestMayAnswer:
    def test_a_person_may_be_answered(self, engine, mlist):
        assert may_answer(engine, mlist, post())

    @pytest.mark.parametrize(
        "msg",
        [
            post("List-Id: <x>"),
            post("Auto-Submitted: auto-replied"),
            post(sender="test@example.com"),
            post(sender="nobody"),
        ],
    )
    def test_a_program_may_not(self, engine, mlist, msg):
        assert not may_answer(engine, mlist, msg)

    def test_malformed_messages_are_no_obstacle(self, engine, mlist):
        for sample in MALFORMED:
            msg = malformed(sample)
            assert may_answer(engine, mlist, msg) in (True, False), sample
            assert is_bulk(msg) in (True, False), sample
            assert isinstance(repeatable_id(msg), str), sample


class TestQuota:
    def take(self, engine, mlist, count, response=Response.hold):
        return [take_quota(engine, mlist, ANNE, response) for _ in range(count)]

    def test_the_last_one_of_a_day_is_only_announced(self, engine, mlist):
        engine.settings.mmcore.max_autoresponses_per_day = 2
        left, reached, exceeded = Quota.left, Quota.reached, Quota.exceeded
        assert self.take(engine, mlist, 5) == [left, left, reached, exceeded, exceeded]
        assert self.take(engine, mlist, 1, Response.results) == [left]

    def test_none_is_no_limit(self, engine, mlist):
        engine.settings.mmcore.max_autoresponses_per_day = 0
        assert self.take(engine, mlist, 20) == [Quota.left] * 20

    def test_ten_are_enough(self, engine, mlist):
        assert self.take(engine, mlist, 11)[-2:] == [Quota.left, Quota.reached]


class TestNotice:
    @pytest.mark.parametrize(
        ("language", "word"), [("en", "automatically"), ("de", "automatisch")]
    )
    def test_no_more_today_is_said_in_the_readers_language(
        self, engine, site, mlist, language, word
    ):
        tell_no_more(engine, mlist, post(), language)
        ((notice, msgdata),) = queued(engine, site, "virgin")
        assert notice["from"] == "test-owner@example.com"
        assert msgdata["recipients"] == [ANNE]
        text = notice.get_payload(decode=True).decode()
        assert word in text
        assert " 10 " in text
        assert notice["auto-submitted"] == "auto-replied"
        assert notice["in-reply-to"] == "<first@example.com>"

    def test_an_answer_names_what_it_answers(self):
        notice = UserNotification(ANNE, "x@example.com", "Hello", "Hi.")
        answer_to(notice, post("References: <other>"))
        assert notice["auto-submitted"] == "auto-replied"
        assert notice["in-reply-to"] == notice["references"] == "<first@example.com>"

    @pytest.mark.parametrize("value", ["<buy our cheap things>", "<>", "x", f"<{'x' * 300}>"])
    def test_an_id_that_is_none_is_not_repeated(self, value):
        msg = message(f"From: anne@example.com\nMessage-ID: {value}\n\nHi.\n")
        notice = UserNotification(ANNE, "x@example.com", "Hello", "Hi.")
        answer_to(notice, msg)
        assert "in-reply-to" not in notice
        assert "references" not in notice
