"""What an explanation says, and that nothing happens for it."""

from __future__ import annotations

import logging
import threading
from datetime import datetime

import pytest
from transaction.interfaces import DoomedTransaction

from mmcore import logs
from mmcore.explain.rehearse import Question
from mmcore.explain.telling import explain
from mmcore.interfaces.action import Action
from mmcore.interfaces.mailing_list import ArchivePolicy, ResponseAction

POST = b"""\
From: Anne Person <anne@example.com>
To: ant@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
Message-ID: <ant>

Hello, all.
"""
STRANGER = POST.replace(b"anne@", b"eve@")


def outcomes(told):
    return {rule.rule: rule.outcome for rule in told.rules if rule.rule != "truth"}


def step(told, handler):
    [found] = [step for step in told.handlers if step.handler == handler]
    return found


class TestJudging:
    def test_what_it_is(self, house, ant):
        told = house.explained(ant, POST)
        assert (told.list_id, told.message_id) == (ant, "<ant>")
        assert (told.sender, told.subject) == ("anne@example.com", "Grüße")
        assert told.decision == "accept"
        assert told.reasons == ()
        assert told.error is None

    def test_every_rule_and_chain_in_order(self, house, ant):
        told = house.explained(ant, POST)
        assert told.chains == ("default-posting-chain", "header-match", "accept")
        names = [rule.rule for rule in told.rules]
        assert names[:6] == [
            "dmarc-mitigation", "no-senders", "approved", "loop", "banned-address", "truth",
        ]  # fmt: skip
        assert names[-2:] == ["any", "truth"]
        assert set(outcomes(told).values()) == {"miss"}
        assert {rule.chain for rule in told.rules} == {"default-posting-chain", "header-match"}

    def test_rules_after_the_decision_were_not_asked(self, house, ant):
        told = house.explained(ant, STRANGER)
        assert told.decision == "hold"
        assert told.chains[-2:] == ("moderation", "hold")
        found = outcomes(told)
        assert found["nonmember-moderation"] == "hit"
        assert found["administrivia"] == "not asked"
        # It is in two chains, and was asked in neither.
        assert [rule.outcome for rule in told.rules if rule.rule == "truth"] == [
            "hit",
            "not asked",
        ]

    def test_reasons_are_told_with_their_rules(self, house, ant):
        told = house.explained(ant, STRANGER, Question(language="en"))
        [rule] = [rule for rule in told.rules if rule.outcome == "hit" and rule.reasons]
        assert rule.rule == "nonmember-moderation"
        assert told.reasons == rule.reasons == ("The message is not from a list member",)

    def test_reasons_are_in_the_language_of_who_asks(self, house):
        list_id = house.new_list(preferred_language="de")
        english = house.explained(list_id, STRANGER, Question(language="en")).reasons
        assert house.explained(list_id, STRANGER).reasons != english
        assert house.explained(list_id, STRANGER, Question(language="de")).reasons != english

    def test_a_rule_that_cannot_cope_is_skipped(self, house, ant, monkeypatch):
        def check(mlist, msg, msgdata):
            raise ValueError("strange bytes")

        monkeypatch.setattr(house.engine.rules["no-subject"], "check", check)
        told = house.explained(ant, POST)
        [rule] = [rule for rule in told.rules if rule.rule == "no-subject"]
        assert (rule.outcome, rule.error) == ("skipped", "ValueError: strange bytes")
        assert told.decision == "accept"

    @pytest.mark.parametrize("action", [Action.reject, Action.discard])
    def test_other_decisions(self, house, action):
        told = house.explained(house.new_list(default_nonmember_action=action), STRANGER)
        assert told.decision == action.name
        assert told.chains[-1] == action.name
        assert told.handlers == ()
        assert told.copy is None

    def test_a_list_that_only_answers(self, house):
        list_id = house.new_list(
            autorespond_postings=ResponseAction.respond_and_discard,
            autoresponse_postings_text="Nobody reads this.",
        )
        told = house.explained(list_id, POST)
        assert told.decision == "discard"
        assert told.rules == ()
        assert [notice.to for notice in told.notices] == [("anne@example.com",)]
        assert step(told, "replybot").outcome == "discarded"

    def test_the_reason_of_a_handler_is_among_the_reasons(self, house):
        list_id = house.new_list(filter_content=True, filter_types=("text/plain",))
        told = house.explained(
            list_id, POST.replace(b"\n\n", b"\nContent-Type: text/plain\n\n", 1)
        )
        assert told.decision == "discard"
        assert told.reasons == (step(told, "mime-delete").error,)

    def test_what_lmtp_refuses(self, house, ant):
        with house.site_with(missing_message_id="reject"):
            told = house.explained(ant, POST.replace(b"Message-ID", b"X-Id"))
        assert (told.decision, told.rules) == ("refuse", ())
        assert told.reasons == ("The message has no Message-ID.",)
        with house.site_with(max_message_bytes=10):
            told = house.explained(ant, POST)
        assert told.reasons == ("The message is larger than the site allows.",)

    def test_the_envelope_sender_is_the_author_or_who_is_named(self, house, ant):
        assert b"X-MailFrom: anne@example.com" in house.explained(ant, POST).copy.content
        told = house.explained(ant, POST, Question(sender="bounce@example.org"))
        assert b"X-MailFrom: bounce@example.org" in told.copy.content
        told = house.explained(ant, POST, Question(sender=""))
        assert b"X-MailFrom: <>" in told.copy.content


class TestFailing:
    def test_what_makes_the_engine_fail_would_be_shunted(self, house):
        told = house.explained(house.new_list(posting_pipeline="nonesuch"), POST)
        assert told.decision == "shunt"
        assert told.error == "LookupError: no pipeline is named 'nonesuch'"
        assert told.chains[-1] == "accept"
        assert told.queues == {"pipeline": 1}

    def test_what_a_failing_step_did_does_not_count(self, house, ant, monkeypatch):
        def process(mlist, msg, msgdata):
            raise ValueError("lost")

        monkeypatch.setattr(house.engine.handlers["to-outgoing"], "process", process)
        with house.transaction() as site:
            site.lists.get(ant).archive_policy = ArchivePolicy.public
        told = house.explained(ant, POST)
        assert (told.decision, told.error) == ("shunt", "ValueError: lost")
        assert told.queues == {"pipeline": 1}
        assert told.notices == ()

    def test_an_undecided_chain(self, house, ant, monkeypatch):
        monkeypatch.setattr(house.engine.chains["default-posting-chain"], "get_links", no_links)
        told = house.explained(ant, POST)
        assert told.decision == "shunt"
        assert told.error.startswith("UndecidedError")


def no_links(mlist, msg, msgdata):
    return ()


class TestPreparing:
    def test_each_handler_with_its_difference(self, house, ant):
        told = house.explained(ant, POST)
        prefix = step(told, "subject-prefix")
        assert (prefix.stage, prefix.outcome, prefix.body) == ("pipeline", "changed", "")
        assert "-Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=" in prefix.header
        assert "+Subject: [Ant" in prefix.header
        decorate = step(told, "decorate")
        assert (decorate.stage, decorate.header) == ("delivery", "")
        assert "+Sent over the mailing list" in decorate.body
        assert step(told, "member-recipients").metadata == {"recipients": "3"}
        assert step(told, "cleanse").outcome == "unchanged"

    def test_a_handler_that_cannot_cope_is_skipped(self, house, ant, monkeypatch):
        def process(mlist, msg, msgdata):
            raise UnicodeError("strange bytes")

        monkeypatch.setattr(house.engine.handlers["rfc-2369"], "process", process)
        told = house.explained(ant, POST)
        skipped = step(told, "rfc-2369")
        assert (skipped.outcome, skipped.error) == ("skipped", "UnicodeError: strange bytes")
        assert told.decision == "accept"

    def test_they_know_when_it_came_as_they_do_in_earnest(self, house, ant, monkeypatch):
        found = []

        def process(mlist, msg, msgdata):
            found.append(msgdata["received_time"])

        monkeypatch.setattr(house.engine.handlers["tagger"], "process", process)
        house.explained(ant, POST)
        house.post(ant, POST, "anne@example.com")
        assert [type(moment) for moment in found] == [datetime, datetime]

    def test_the_recipients_and_the_final_bytes(self, house, ant):
        told = house.explained(ant, POST)
        assert told.recipients.count == 3
        assert told.recipients.sample[0] == "anne@example.com"
        assert told.copy.sender == ant.replace(".", "-bounces@", 1)
        assert b"\nHello, all.\n" in told.copy.content
        assert told.asked is None

    def test_a_held_post_goes_no_further(self, house, ant):
        told = house.explained(ant, STRANGER)
        assert told.handlers == ()
        assert told.recipients.count == 0
        assert told.copy is None
        assert [notice.to[0] for notice in told.notices] == [
            "eve@example.com",
            ant.replace(".", "-owner@", 1),
        ]

    def test_as_if_it_were_accepted(self, house, ant):
        told = house.explained(ant, STRANGER, Question(as_if_accepted=True))
        assert (told.decision, told.as_if_accepted) == ("hold", True)
        assert told.recipients.count == 3
        assert b"X-Mailman-Approved-At" in told.copy.content
        # That is what a post does which is not held.
        assert not house.explained(ant, POST, Question(as_if_accepted=True)).as_if_accepted

    def test_a_message_that_is_held_already(self, house, ant):
        [number] = house.post(ant, STRANGER, "eve@example.com").held
        told = house.explained_held(ant, number, member="bart@example.com")
        assert (told.decision, told.as_if_accepted) == ("hold", True)
        assert outcomes(told)["nonmember-moderation"] == "hit"
        assert told.reasons == ("The message is not from a list member",)
        assert told.asked.receives
        assert told.copy.content == house.accept(ant, number).copies[0].content

    def test_copies_for_other_readers(self, house):
        list_id = house.new_list(
            digests_enabled=True, gateway_to_news=True, linked_newsgroup="comp.ants"
        )
        assert house.explained(list_id, POST).queues == {"digest": 1, "nntp": 1}
        list_id = house.new_list(digests_enabled=False)
        assert house.explained(list_id, POST).queues == {}


class TestNothingHappens:
    def test_the_transaction_cannot_be_committed(self, house, ant):
        mlist = house.session.begin().lists.get(ant)
        explain(house.engine, mlist, POST)
        with pytest.raises(DoomedTransaction):
            house.session.commit()
        house.session.abort()

    def test_nobody_is_told(self, house, ant):
        told = []
        house.engine.subscribe(told.append)
        house.explained(ant, POST)
        house.explained(ant, STRANGER)
        house.engine.unsubscribe(told.append)
        assert told == []

    def test_other_threads_are_in_earnest(self, house, ant, monkeypatch):
        seen = []
        handler = house.engine.handlers["cleanse"]
        process = handler.process

        def look(mlist, msg, msgdata):
            seen.append(house.engine.rehearsing)
            thread = threading.Thread(target=lambda: seen.append(house.engine.rehearsing))
            thread.start()
            thread.join()
            process(mlist, msg, msgdata)

        monkeypatch.setattr(handler, "process", look)
        house.explained(ant, POST)
        assert seen == [True, False]
        assert not house.engine.rehearsing

    def test_the_log_tells_of_no_decision(self, house, ant, monkeypatch):
        def check(mlist, msg, msgdata):
            raise ValueError("strange bytes")

        logs.configure(house.settings)
        try:
            house.explained(ant, STRANGER)
            monkeypatch.setattr(house.engine.rules["no-subject"], "check", check)
            mlist = house.session.begin().lists.get(ant)
            explain(house.engine, mlist, POST)
            house.session.abort()
            logging.getLogger("mmcore.vette").info("in earnest")
        finally:
            logs.close()
        log = (house.settings.paths.log_dir / "mmcore.log").read_text()
        lines = [line for line in log.splitlines() if "vette" in line]
        assert len(lines) == 2
        assert "[rehearsal] rule no-subject skipped" in lines[0]
        assert lines[1].endswith("in earnest")
