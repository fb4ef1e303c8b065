"""Which of a list's texts answers which mail, and what becomes of the mail."""

from __future__ import annotations

import logging

import pytest

from mmcore.interfaces.auto_response import Response
from mmcore.interfaces.mailing_list import ResponseAction
from mmcore.services.replies import answer_and_stop, reply_of
from tests.support.messages import message
from tests.support.queues import queued

TEXT = "From: anne@example.com\nMessage-ID: <first>\n\nHi.\n"


@pytest.fixture
def answering(mlist):
    """The list, which answers everything and lets only posts go on."""
    mlist.autorespond_owner = ResponseAction.respond_and_discard
    mlist.autorespond_requests = ResponseAction.respond_and_discard
    mlist.autorespond_postings = ResponseAction.respond_and_continue
    mlist.autoresponse_owner_text = "owner"
    mlist.autoresponse_request_text = "request"
    mlist.autoresponse_postings_text = "post"
    return mlist


class TestReplyOf:
    @pytest.mark.parametrize(
        ("key", "text", "response"),
        [
            ("to_owner", "owner", Response.owner),
            ("to_request", "request", Response.command),
            ("to_list", "post", Response.postings),
        ],
    )
    def test_each_address_has_its_own(self, answering, key, text, response):
        reply = reply_of(answering, {key: True})
        assert (reply.text, reply.response) == (text, response)
        assert reply.action is not ResponseAction.none

    def test_other_addresses_have_none(self, answering):
        assert reply_of(answering, {"subaddress": "join"}).action is ResponseAction.none


class TestAnswerAndStop:
    def test_a_list_that_does_not_answer_goes_on(self, engine, site, mlist):
        mlist.autoresponse_postings_text = "never"
        assert not answer_and_stop(engine, mlist, message(TEXT), {"to_list": True})
        assert queued(engine, site, "virgin") == []

    def test_answering_and_going_on(self, engine, site, answering):
        assert not answer_and_stop(engine, answering, message(TEXT), {"to_list": True})
        assert len(queued(engine, site, "virgin")) == 1

    def test_answering_and_nothing_else_is_logged(self, engine, site, answering, caplog):
        caplog.set_level(logging.INFO, "mmcore.vette")
        assert answer_and_stop(engine, answering, message(TEXT), {"to_owner": True})
        assert len(queued(engine, site, "virgin")) == 1
        assert caplog.messages == ["DISCARD: <first>; test@example.com only answers such mail"]

    def test_it_stops_also_if_nobody_is_answered(self, engine, site, answering):
        msg = message("From: a@example.com\nPrecedence: bulk\n\nHi.\n")
        assert answer_and_stop(engine, answering, msg, {"to_owner": True})
        assert queued(engine, site, "virgin") == []

    def test_an_answer_that_fails_does_not_hold_the_mail_up(self, engine, answering, monkeypatch):
        def fail(*args):
            raise ValueError("strange")

        monkeypatch.setattr(engine.handlers["replybot"], "process", fail)
        msgdata = {"to_list": True}
        assert not answer_and_stop(engine, answering, message(TEXT), msgdata)
        assert msgdata["handler_failures"][0]["handler"] == "replybot"
