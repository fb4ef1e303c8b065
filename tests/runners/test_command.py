"""The command runner: what people ask for by mail is done, what programs send is not."""

from __future__ import annotations

import pytest

from mmcore.interfaces.mailing_list import ResponseAction
from runners.command import CommandRunner

MAIL = "From: x@example.net\nTo: test-request@example.com\nSubject: help\n{}\n\n"


class TestCommand:
    def test_results_are_mailed_back(self, opened, enqueue, now_in):
        enqueue("command", MAIL.format("X-Mailer: x"), to_request=True, subaddress="request")
        opened(CommandRunner).iterate()
        [msgdata] = now_in("virgin")
        assert msgdata["recipients"] == ["x@example.net"]
        assert now_in("command") == []

    @pytest.mark.parametrize(
        "field",
        ["Precedence: bulk", "Precedence: junk", "Precedence: list", "X-MailFrom: <>",
         "Auto-Submitted: auto-replied", "Content-Type: multipart/report; boundary=x"],
    )  # fmt: skip
    @pytest.mark.parametrize("subaddress", ["request", "join"])
    def test_automatic_mail_is_discarded(self, opened, enqueue, now_in, field, subaddress):
        enqueue("command", MAIL.format(field), subaddress=subaddress)
        opened(CommandRunner).iterate()
        assert now_in("virgin") == now_in("command") == now_in("shunt") == []

    def test_bulk_that_asks_for_an_answer_gets_it(self, opened, enqueue, now_in):
        enqueue("command", MAIL.format("Precedence: bulk\nX-Ack: yes"), subaddress="request")
        opened(CommandRunner).iterate()
        assert len(now_in("virgin")) == 1

    def test_nothing_strange_is_shunted(self, opened, enqueue, now_in):
        enqueue(
            "command",
            MAIL.format("Content-Type: text/plain; charset=x-unknown") + "j\udcf6in\n\udcff",
            subaddress="request",
        )
        opened(CommandRunner).iterate()
        assert now_in("shunt") == []
        assert len(now_in("virgin")) == 1


class TestAutomaticAnswers:
    @pytest.fixture
    def answering(self, mlist, session):
        """The list, which answers mail to its request address and does nothing else with it."""
        mlist.autorespond_requests = ResponseAction.respond_and_discard
        mlist.autoresponse_request_text = "There are no commands here."
        session.commit()
        session.begin()
        return mlist

    def test_a_list_may_want_nothing_but_an_answer(self, opened, enqueue, answering, now_in):
        enqueue("command", MAIL.format("X-Mailer: x"), to_request=True, subaddress="request")
        opened(CommandRunner).iterate()
        [answer] = now_in("virgin")
        assert answer["recipients"] == ["x@example.net"]

    def test_but_that_concerns_no_other_address(self, opened, enqueue, answering, session, now_in):
        enqueue("command", MAIL.format("X-Mailer: x"), subaddress="join")
        opened(CommandRunner).iterate()
        assert len(now_in("virgin")) == 1
        assert len(session.site.pendings) == 1

    def test_a_list_may_want_both(self, opened, enqueue, answering, session, now_in):
        answering.autorespond_requests = ResponseAction.respond_and_continue
        enqueue("command", MAIL.format("X-Mailer: x"), to_request=True, subaddress="request")
        opened(CommandRunner).iterate()
        assert len(now_in("virgin")) == 2
