"""replybot: a list's own automatic answers."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mmcore.interfaces.mailing_list import ResponseAction
from tests.support.queues import queued

POST = """\
From: Anne <anne@example.net>
To: test@example.com
Subject: Cheap things at https://example.net/
Message-ID: <first@example.net>
{fields}
Hello.
"""


@pytest.fixture
def answering(mlist):
    """The list, which answers posts."""
    mlist.autorespond_postings = ResponseAction.respond_and_continue
    mlist.autoresponse_postings_text = (
        "Welcome to $list_name, $display_name, $listname.\n\n"
        "Ask $requestemail or $owneremail, $unknown\n"
    )
    return mlist


@pytest.fixture
def answers(engine, site, handle):
    """Have the handler work on a post; returns the answers."""

    def answers(*fields, **msgdata):
        text = POST.format(fields="".join(f"{field}\n" for field in fields))
        handle("replybot", text, **({"to_list": True} | msgdata))
        return [msg for msg, _msgdata in queued(engine, site, "virgin")]

    return answers


class TestReplybot:
    def test_the_author_gets_the_text_of_the_list(self, answering, answers):
        [answer] = answers()
        assert answer["to"] == "anne@example.net"
        assert answer["from"] == "test-bounces@example.com"
        assert answer["subject"] == "Automatic answer to your message to Test"
        text = answer.get_payload(decode=True).decode().replace("\r\n", "\n")
        assert text == (
            "Welcome to test, Test, test@example.com.\n\n"
            "Ask test-request@example.com or test-owner@example.com, $unknown\n"
        )

    def test_it_is_marked_as_what_it_is(self, answering, answers):
        [answer] = answers()
        assert answer["auto-submitted"] == "auto-replied"
        assert answer["x-mailer"].startswith("mmcore ")
        assert answer["x-ack"] == "No"
        assert answer["precedence"] == "bulk"
        assert answer["in-reply-to"] == answer["references"] == "<first@example.net>"

    def test_nothing_of_the_post_is_repeated(self, answering, answers):
        [answer] = answers()
        assert "Cheap" not in answer.as_string()
        assert "Hello." not in answer.as_string()

    @pytest.mark.parametrize(
        "field",
        ["X-Ack: no", "Precedence: bulk", "Precedence: list", "Auto-Submitted: auto-replied",
         "X-MailFrom: <>", "List-Id: <x>"],
    )  # fmt: skip
    def test_programs_are_not_answered(self, answering, answers, field):
        assert answers(field) == []

    def test_who_asks_in_bulk_for_an_answer_gets_it(self, answering, answers):
        assert len(answers("Precedence: bulk", "X-Ack: yes")) == 1

    def test_metadata_can_forbid_it(self, answering, answers):
        assert answers(noack=True) == []

    def test_other_mail_has_other_texts(self, answering, answers):
        assert answers(to_owner=True) == []
        answering.autorespond_owner = ResponseAction.respond_and_discard
        answering.autoresponse_owner_text = "We read it on Mondays."
        [answer] = answers(to_owner=True)
        assert "Mondays" in answer.get_payload()

    def test_without_a_text_there_is_nothing_to_say(self, answering, answers):
        answering.autoresponse_postings_text = " \n"
        assert answers() == []

    def test_it_is_in_the_language_of_the_list(self, answering, answers):
        answering.preferred_language = "de"
        answering.autoresponse_postings_text = "Schöne Grüße"
        [answer] = answers()
        assert answer.get_payload(decode=True).decode() == "Schöne Grüße"


class TestGracePeriod:
    @pytest.fixture
    def wait(self, monkeypatch):
        """Let days pass."""
        start = datetime(2026, 5, 1, 12)
        moment = [start]

        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return moment[0].replace(tzinfo=tz)

        monkeypatch.setattr("resources.auto_responses.model.now", lambda: moment[0])
        monkeypatch.setattr("mmcore.handlers.replybot.datetime", Clock)

        def wait(days):
            moment[0] += timedelta(days=days)

        return wait

    def test_one_answer_in_ninety_days(self, answering, answers, wait):
        found = [len(answers())]
        for days in (0, 89, 1, 1):
            wait(days)
            found.append(len(answers()))
        assert found == [1, 0, 0, 1, 0]

    def test_who_asks_for_an_answer_gets_it(self, answering, answers, wait):
        assert len(answers()) == 1
        assert len(answers("X-Ack: yes")) == 1

    def test_without_one_there_are_ten_answers_a_day(self, answering, answers, wait):
        answering.autoresponse_grace_period = timedelta()
        assert [len(answers()) for _ in range(12)] == [1] * 10 + [0, 0]
        wait(1)
        assert len(answers()) == 1
