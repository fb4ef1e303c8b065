from __future__ import annotations

import logging

import pytest
from ZODB.POSException import POSKeyError

from mmcore.chains.engine import process
from mmcore.chains.mutable import MutableChain
from mmcore.interfaces.chain import Link, LinkAction
from tests.support.messages import message


class StubRule:
    """A rule that answers as told."""

    description = "A rule."
    record = True
    essential = False

    def __init__(self, name, answer):
        self.name = name
        self.answer = answer

    def check(self, mlist, msg, msgdata):
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


YES = StubRule("yes", True)
NO = StubRule("no", False)


@pytest.fixture
def msg():
    return message("From: aperson@example.com\nMessage-ID: <first>\n\nHi.\n")


@pytest.fixture
def judge(engine, mlist, msg):
    def judge(*links):
        chain = MutableChain(engine, "under-test", "A chain.")
        for link in links:
            chain.append_link(link)
        msgdata: dict = {"rule_hits": ["old"], "rule_misses": ["old"]}
        process(engine, mlist, msg, msgdata, "under-test")
        return msgdata

    return judge


def saying(words, word):
    return Link("truth", LinkAction.run, function=lambda mlist, msg, msgdata: words.append(word))


class TestProcess:
    def test_hits_and_misses_are_recorded_anew_and_in_order(self, judge):
        msgdata = judge(Link(YES), Link(NO), Link(YES), Link("truth"), Link("any"))
        assert msgdata["rule_hits"] == ["yes", "yes"]
        assert msgdata["rule_misses"] == ["no"]

    def test_missing_link_is_not_acted_upon(self, judge):
        words: list = []
        judge(Link(NO, LinkAction.stop), saying(words, "on"))
        assert words == ["on"]

    def test_stop_ends_everything(self, judge):
        words: list = []
        judge(saying(words, "a"), Link("truth", LinkAction.stop), saying(words, "b"))
        assert words == ["a"]

    def test_jump_never_returns(self, engine, judge):
        words: list = []
        MutableChain(engine, "other", "Another.").append_link(saying(words, "other"))
        judge(Link("truth", LinkAction.jump, "other"), saying(words, "back"))
        assert words == ["other"]

    def test_detour_returns(self, engine, judge):
        words: list = []
        MutableChain(engine, "other", "Another.").append_link(saying(words, "other"))
        judge(Link("truth", LinkAction.detour, "other"), saying(words, "back"))
        assert words == ["other", "back"]

    def test_stop_within_a_detour_ends_everything(self, engine, judge):
        words: list = []
        MutableChain(engine, "other", "Another.").append_link(Link("truth", LinkAction.stop))
        judge(Link("truth", LinkAction.detour, "other"), saying(words, "back"))
        assert words == []

    def test_chain_may_be_given_as_an_object(self, engine, mlist, msg):
        words: list = []
        chain = MutableChain(engine, "object", "A chain.")
        chain.append_link(saying(words, "here"))
        process(engine, mlist, msg, {}, chain)
        assert words == ["here"]

    def test_unknown_action_is_an_error(self, judge):
        with pytest.raises(ValueError, match="unknown link action"):
            judge(Link("truth", "fly"))  # type: ignore[arg-type]

    def test_run_without_a_function_is_an_error(self, judge):
        with pytest.raises(ValueError, match="nothing to run"):
            judge(Link("truth", LinkAction.run))

    def test_unknown_rule_is_an_error(self, judge):
        with pytest.raises(LookupError, match="no rule is named 'nonesuch'"):
            judge(Link("nonesuch"))

    def test_unknown_chain_is_an_error(self, engine, mlist, msg):
        with pytest.raises(LookupError, match="no chain is named 'nonesuch'"):
            process(engine, mlist, msg, {}, "nonesuch")

    def test_circle_is_an_error(self, judge):
        with pytest.raises(RuntimeError, match="circle"):
            judge(Link("truth", LinkAction.jump, "under-test"))


class TestRulesThatCannotCope:
    def test_they_count_as_misses_and_are_recorded(self, judge, caplog):
        bad = StubRule("bad", UnicodeDecodeError("ascii", b"\xff", 0, 1, "not ascii"))
        with caplog.at_level(logging.ERROR, "mmcore.vette"):
            msgdata = judge(Link(bad), Link(YES))
        assert msgdata["rule_misses"] == ["bad"]
        assert msgdata["rule_hits"] == ["yes"]
        (failure,) = msgdata["rule_failures"]
        assert failure["rule"] == "bad"
        assert failure["error"].startswith("UnicodeDecodeError: ")
        assert "rule bad skipped for message '<first>'" in caplog.text

    def test_essential_rules_raise(self, judge):
        bad = StubRule("bad", ValueError("no"))
        bad.essential = True
        with pytest.raises(ValueError, match="no"):
            judge(Link(bad))

    @pytest.mark.parametrize("name", ["approved", "member-moderation", "nonmember-moderation"])
    def test_rules_that_keep_people_out_are_essential(self, engine, name):
        assert engine.rules[name].essential

    def test_faults_of_the_store_raise(self, judge):
        with pytest.raises(POSKeyError):
            judge(Link(StubRule("bad", POSKeyError(b"\0" * 8))))


class TestTheEnd:
    def test_an_ending_is_told_from_a_chain_that_just_runs_out(self, engine, mlist):
        msg = message("From: a@example.com\nMessage-ID: <x>\n\nText\n")
        assert process(engine, mlist, msg, {}, "discard")
        chain = MutableChain(engine, "undecided", "Decides nothing.")
        chain.append_link(Link("truth", LinkAction.defer))
        assert not process(engine, mlist, msg, {}, chain)
