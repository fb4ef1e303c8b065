"""Posts are judged by the chain of their list, and whoever watches is told everything."""

from __future__ import annotations

import pytest

from mmcore.chains.judging import judge
from mmcore.chains.mutable import MutableChain
from mmcore.interfaces.chain import Link, LinkAction, UndecidedError
from mmcore.interfaces.mailing_list import ResponseAction
from tests.support.messages import message

POST = "From: aperson@example.com\nTo: test@example.com\nSubject: a\nMessage-ID: <a>\n\nHello.\n"


class Watcher:
    """Notes what it is told."""

    def __init__(self):
        self.told = []
        self.links = {}

    def entered(self, chain, links):
        self.links[id(links)] = chain
        self.told.append(("entered", chain))

    def asked(self, links, rule, hit, error, reasons):
        self.told.append((self.links[id(links)], rule, hit, error, tuple(reasons)))

    def stopped(self, handler, msg, msgdata, error):
        self.told.append(("stopped", handler))


class TestJudge:
    def test_a_post_by_the_posting_chain(self, engine, mlist, anne):
        msgdata = {}
        judge(engine, mlist, message(POST), msgdata)
        assert msgdata["envsender"] == "noreply@example.com"
        assert len(mlist.site.queues["pipeline"]) == 1

    def test_mail_to_the_owners_by_the_owner_chain(self, engine, mlist):
        watch = Watcher()
        judge(engine, mlist, message(POST), {"to_owner": True}, watch)
        assert watch.told[0] == ("entered", "default-owner-chain")

    def test_a_chain_without_a_decision(self, engine, mlist):
        MutableChain(engine, "undecided", "Says nothing.")
        mlist.posting_chain = "undecided"
        with pytest.raises(UndecidedError, match="undecided"):
            judge(engine, mlist, message(POST), {})


class TestWatching:
    def test_rules_with_outcomes_and_reasons(self, engine, mlist):
        watch = Watcher()
        judge(engine, mlist, message(POST), {}, watch)
        assert watch.told[:2] == [
            ("entered", "default-posting-chain"),
            ("default-posting-chain", "dmarc-mitigation", False, None, ()),
        ]
        [hit] = [told for told in watch.told if told[1] == "nonmember-moderation"]
        assert hit[2:4] == (True, None)
        assert len(hit[4]) == 1
        assert watch.told[-3][0] == "entered"

    def test_a_rule_that_cannot_cope(self, engine, mlist, anne, monkeypatch):
        def check(mlist, msg, msgdata):
            raise LookupError("x")

        monkeypatch.setattr(engine.rules["loop"], "check", check)
        watch = Watcher()
        judge(engine, mlist, message(POST), {}, watch)
        assert ("default-posting-chain", "loop", False, "LookupError: x", ()) in watch.told

    def test_links_that_are_left_can_be_seen(self, engine, mlist):
        chain = MutableChain(engine, "short", "Ends early.")
        chain.append_link(Link("truth", LinkAction.stop))
        chain.append_link(Link("any"))
        mlist.posting_chain = "short"
        seen = []

        class Keeper(Watcher):
            def entered(self, chain, links):
                super().entered(chain, links)
                seen.append(links)

        judge(engine, mlist, message(POST), {}, Keeper())
        assert [link.rule for link in seen[0]] == ["any"]

    def test_a_list_that_only_answers(self, engine, mlist):
        mlist.autorespond_postings = ResponseAction.respond_and_discard
        watch = Watcher()
        judge(engine, mlist, message(POST), {"to_list": True}, watch)
        assert watch.told == [("stopped", "replybot")]
