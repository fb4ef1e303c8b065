"""What becomes of posts, from the rules to the endings."""

from __future__ import annotations

import logging

import pytest

from mmcore.chains.engine import process
from mmcore.chains.posting import LINKS
from mmcore.interfaces.action import Action
from mmcore.interfaces.chain import HoldEvent
from mmcore.services import passwords
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message
from tests.support.queues import queued

POST = """\
From: {sender}
To: test@example.com
Subject: {subject}
Message-ID: <first>

Hello.
"""


def post(sender="aperson@example.com", subject="Hi"):
    return message(POST.format(sender=sender, subject=subject))


@pytest.fixture
def ending(engine, mlist):
    """ending(msg) -> (name of the chain that ended it, metadata)."""
    heard: list = []
    engine.subscribe(heard.append)

    def ending(msg, **msgdata):
        process(engine, mlist, msg, msgdata, mlist.posting_chain)
        (event,) = heard
        heard.clear()
        return event.chain.name, msgdata

    return ending


class TestLinks:
    def test_they_are_these_nineteen_in_this_order(self):
        assert [(link.rule, link.action.name, link.chain) for link in LINKS] == [
            ("dmarc-mitigation", "jump", "dmarc"),
            ("no-senders", "jump", "discard"),
            ("approved", "jump", "accept"),
            ("loop", "jump", "discard"),
            ("banned-address", "jump", "discard"),
            ("truth", "detour", "header-match"),
            ("emergency", "jump", "hold"),
            ("member-moderation", "jump", "moderation"),
            ("nonmember-moderation", "jump", "moderation"),
            ("administrivia", "defer", None),
            ("implicit-dest", "defer", None),
            ("max-recipients", "defer", None),
            ("max-size", "defer", None),
            ("news-moderation", "defer", None),
            ("no-subject", "defer", None),
            ("digests", "defer", None),
            ("suspicious-header", "defer", None),
            ("any", "jump", "hold"),
            ("truth", "jump", "accept"),
        ]


class TestEndings:
    def test_member_is_accepted(self, ending, anne):
        assert ending(post())[0] == "accept"

    def test_stranger_is_held(self, ending, site, mlist):
        name, msgdata = ending(post("b@example.com"))
        assert name == "hold"
        assert msgdata["rule_hits"] == ["nonmember-moderation"]
        assert msgdata["rule_misses"] == [
            "dmarc-mitigation", "no-senders", "approved", "loop", "banned-address",
            "emergency", "member-moderation",
        ]  # fmt: skip
        (held,) = site.held.of_list(mlist.list_id)
        assert held.sender == "b@example.com"

    @pytest.mark.parametrize("name", ["accept", "discard", "hold", "reject"])
    def test_moderated_member_gets_that_ending(self, ending, anne, name):
        anne.moderation_action = Action[name]
        assert ending(post())[0] == name

    def test_nobody_is_discarded(self, ending):
        assert ending(post(""))[0] == "discard"

    def test_loop_is_discarded(self, ending, anne):
        msg = post()
        msg["List-Post"] = "<mailto:test@example.com>"
        assert ending(msg)[0] == "discard"

    def test_who_is_banned_is_discarded_whoever_it_is(self, ending, anne, mlist):
        anne.moderation_action = Action.accept
        mlist.bans.ban("aperson@example.com")
        mlist.bans.ban("^.*@example\\.org")
        assert ending(post())[0] == "discard"
        assert ending(post("stranger@example.org"))[0] == "discard"

    def test_all_deferred_reasons_are_collected(self, ending, anne, mlist):
        mlist.require_explicit_destination = True
        msg = message("From: aperson@example.com\n\nunsubscribe\n")
        name, msgdata = ending(msg)
        assert name == "hold"
        assert msgdata["rule_hits"] == ["administrivia", "implicit-dest", "no-subject"]
        assert len(msgdata["moderation_reasons"]) == 3
        assert msg["x-mailman-rule-hits"] == "administrivia; implicit-dest; no-subject"

    def test_password_goes_before_moderation(self, ending, anne, mlist):
        mlist.moderator_password = passwords.hash("secret")
        mlist.emergency = True
        msg = post("b@example.com")
        msg["Approved"] = "secret"
        assert ending(msg)[0] == "accept"
        assert "approved" not in msg

    def test_emergency_goes_before_members(self, ending, anne, mlist):
        mlist.emergency = True
        anne.moderation_action = Action.accept
        assert ending(post())[0] == "hold"

    @pytest.mark.parametrize("sample", sorted(MALFORMED))
    def test_malformed_mail_has_an_ending_and_every_queue_entry_can_be_read(
        self, ending, engine, site, sample
    ):
        name, msgdata = ending(malformed(sample))
        assert name in ("discard", "hold", "accept")
        assert "rule_failures" not in msgdata
        for queue in ("virgin", "pipeline"):
            for msg, _data in queued(engine, site, queue):
                assert msg.as_bytes()

    @pytest.mark.parametrize("sample", sorted(MALFORMED))
    def test_malformed_mail_can_be_held_and_rejected(self, engine, site, mlist, sample):
        for name in ("hold", "reject"):
            process(engine, mlist, malformed(sample), {}, name)
        for msg, _data in queued(engine, site, "virgin"):
            assert msg.as_bytes()


class TestModeration:
    @pytest.mark.parametrize("action", ["defer", None, "dance"])
    def test_action_that_decides_nothing_is_an_error(self, engine, mlist, action):
        with pytest.raises(ValueError, match="no ending for action"):
            process(engine, mlist, post(), {"member_moderation_action": action}, "moderation")


class TestDmarc:
    @pytest.mark.parametrize("action", ["accept", "hold", "munge_from", None])
    def test_action_that_is_no_ending_is_an_error(self, engine, mlist, action):
        with pytest.raises(ValueError, match="no ending for action"):
            process(engine, mlist, post(), {"dmarc_action": action}, "dmarc")


class TestOwnerChain:
    def test_mail_to_the_owners_is_not_judged(self, engine, site, mlist, caplog):
        heard: list = []
        engine.subscribe(heard.append)
        with caplog.at_level(logging.INFO, "mmcore.vette"):
            process(engine, mlist, post("b@example.com"), {"to_owner": True}, mlist.owner_chain)
        assert caplog.messages == ["OWNER: <first>"]
        assert type(heard[0]).__name__ == "AcceptOwnerEvent"
        ((_msg, msgdata),) = queued(engine, site, "pipeline")
        assert msgdata["to_owner"]
        assert len(mlist.nonmembers) == 0


class TestLog:
    @pytest.fixture(autouse=True)
    def level(self, caplog):
        caplog.set_level(logging.INFO, "mmcore.vette")

    def test_acceptance(self, ending, anne, caplog):
        ending(post())
        assert caplog.messages == ["ACCEPT: <first>"]

    def test_rejection(self, ending, anne, caplog):
        anne.moderation_action = Action.reject
        ending(post())
        assert caplog.messages == ["REJECT: <first>"]

    def test_discarding_names_the_reasons(self, ending, caplog):
        ending(post(""))
        assert caplog.messages == ["DISCARD: <first>; Nobody can be made out as the author"]

    def test_holding_names_list_author_and_reasons(self, ending, anne, mlist, caplog):
        mlist.max_message_size = 1
        msg = post(subject="")
        msg.original_size = 2000
        ending(msg)
        assert caplog.messages == [
            "HOLD: test@example.com post from aperson@example.com held, message-id=<first>: "
            "The message is too large, this list takes up to 1 KB; The subject is missing"
        ]

    def test_strange_message_id_stays_on_one_line(self, ending, anne, caplog):
        msg = post()
        del msg["message-id"]
        msg["Message-ID"] = "<a\n b>"
        ending(msg)
        assert caplog.messages == ["ACCEPT: <a b>"]


class TestHeaders:
    def test_forged_rule_headers_are_removed(self, ending, anne):
        msg = post()
        msg["X-Mailman-Rule-Hits"] = "forged"
        msg["X-Mailman-Rule-Misses"] = "forged"
        ending(msg)
        assert "x-mailman-rule-hits" not in msg
        assert msg.get_all("x-mailman-rule-misses")[0].startswith("dmarc-mitigation; ")
        assert len(msg.get_all("x-mailman-rule-misses")) == 1

    def test_hold_event_comes_after_the_work(self, engine, site, mlist):
        seen = []
        engine.subscribe(lambda event: seen.append((type(event), len(site.held))))
        process(engine, mlist, post(), {}, "hold")
        assert seen == [(HoldEvent, 1)]
