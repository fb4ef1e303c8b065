from __future__ import annotations

import pytest

from mmcore.chains.engine import process
from mmcore.interfaces.mailing_list import DMARCMitigateAction
from tests.support.messages import message

POST = "From: Anne <Anne@Strict.Example>\nReply-To: b@other.example\n\n"


@pytest.fixture
def nameserver(nameserver):
    """Knows two domains: only one of them wants something."""
    nameserver.txt("_dmarc.strict.example", "v=DMARC1; p=reject")
    nameserver.txt("_dmarc.easy.example", "v=DMARC1; p=none")
    return nameserver


@pytest.fixture
def doing(mlist):
    """Set what the list does about such posts."""

    def doing(action, **settings):
        mlist.dmarc_mitigate_action = DMARCMitigateAction[action]
        for name, value in settings.items():
            setattr(mlist, name, value)

    return doing


class TestWhatIsDone:
    def test_nothing_without_asking_the_dns(self, nameserver, ask, doing):
        doing("no_mitigation", dmarc_addresses=["anne@strict.example"])
        assert ask("dmarc-mitigation", POST) == (False, {})
        assert nameserver.asked == []

    @pytest.mark.parametrize("action", ["munge_from", "wrap_message"])
    def test_a_change_is_left_to_the_handler(self, nameserver, ask, doing, action):
        doing(action)
        assert ask("dmarc-mitigation", POST) == (False, {"dmarc": True})

    def test_discarding(self, nameserver, ask, doing):
        doing("discard")
        assert ask("dmarc-mitigation", POST) == (
            True,
            {
                "dmarc": True,
                "dmarc_action": "discard",
                "moderation_sender": "Anne@Strict.Example",
                "moderation_reasons": ["The DMARC policy of the author's domain"],
            },
        )

    def test_rejecting_says_whom_to_write_to(self, nameserver, ask, doing):
        doing("reject")
        hit, msgdata = ask("dmarc-mitigation", POST)
        assert hit
        assert msgdata["dmarc_action"] == "reject"
        ((text, address),) = msgdata["moderation_reasons"]
        assert "DMARC" in text
        assert address == "test-owner@example.com"

    def test_rejecting_in_the_words_of_the_list(self, nameserver, ask, doing):
        doing("reject", dmarc_moderation_notice="Not from there, " * 10 + "{} please.\n")
        (text,) = ask("dmarc-mitigation", POST)[1]["moderation_reasons"]
        assert max(map(len, text.splitlines())) <= 70
        assert text.split() == (["Not", "from", "there,"] * 10 + ["{}", "please."])


class TestWhoseMail:
    @pytest.mark.parametrize("action", ["munge_from", "reject"])
    def test_domains_that_do_not_mind_miss(self, nameserver, ask, doing, action):
        doing(action)
        for author in ("a@easy.example", "a@none.example"):
            assert ask("dmarc-mitigation", f"From: {author}\n\n") == (False, {})

    def test_only_the_author_counts(self, nameserver, ask, doing):
        doing("reject")
        head = "Reply-To: x@strict.example\nSender: x@strict.example"
        assert not ask("dmarc-mitigation", f"From: a@easy.example\n{head}\n\n")[0]
        assert not ask("dmarc-mitigation", f"{head}\n\n")[0]

    def test_an_encoded_address_is_one(self, nameserver, ask, doing):
        doing("reject")
        assert ask("dmarc-mitigation", "From: =?utf-8?q?a=40strict=2Eexample?=\n\n")[0]

    def test_an_address_in_an_encoded_name_is_none(self, nameserver, ask, doing):
        doing("reject")
        name = "=?utf-8?q?=22a=40strict=2Eexample=22?="
        assert not ask("dmarc-mitigation", f"From: {name} <a@easy.example>\n\n")[0]

    @pytest.mark.parametrize(
        "entry", ["a@easy.example", "A@Easy.Example", "^.*@EASY[.]", "^b|easy"]
    )
    def test_addresses_of_the_list_count_without_asking_the_dns(
        self, nameserver, ask, doing, entry
    ):
        doing("discard", dmarc_addresses=["x@y.example", entry])
        assert ask("dmarc-mitigation", "From: a@easy.example\n\n")[0]
        assert nameserver.asked == []

    def test_broken_patterns_miss(self, nameserver, ask, doing):
        doing("discard", dmarc_addresses=["^(", "easy"])
        assert not ask("dmarc-mitigation", "From: a@easy.example\n\n")[0]

    @pytest.mark.parametrize("action", ["munge_from", "wrap_message"])
    def test_what_is_changed_anyway_is_not_asked_for(self, nameserver, ask, doing, action):
        doing(action, dmarc_mitigate_unconditionally=True)
        assert ask("dmarc-mitigation", "From: a@easy.example\n\n") == (False, {"dmarc": True})
        assert nameserver.asked == []

    @pytest.mark.parametrize("action", ["reject", "discard"])
    def test_nobody_is_refused_unconditionally(self, nameserver, ask, doing, action):
        doing(action, dmarc_mitigate_unconditionally=True)
        assert ask("dmarc-mitigation", "From: a@easy.example\n\n") == (False, {})
        assert ask("dmarc-mitigation", POST)[0]

    def test_when_nobody_answers_something_is_done(self, nameserver, ask, doing):
        doing("munge_from")
        nameserver.codes["_dmarc.easy.example"] = 2
        assert ask("dmarc-mitigation", "From: a@easy.example\n\n") == (False, {"dmarc": True})


class TestInTheChain:
    @pytest.mark.parametrize("action", ["discard", "reject"])
    def test_it_comes_before_the_password(self, nameserver, engine, mlist, doing, action):
        heard: list = []
        engine.subscribe(heard.append)
        doing(action)
        process(engine, mlist, message(POST), {}, mlist.posting_chain)
        (event,) = heard
        assert event.chain.name == action
        assert event.msgdata["rule_hits"] == ["dmarc-mitigation"]
