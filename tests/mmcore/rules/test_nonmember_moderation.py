from __future__ import annotations

import logging
import subprocess
import time

import pytest

from mmcore.interfaces.action import Action
from mmcore.interfaces.member import MemberRole
from mmcore.services.patterns import _divided

POST = "From: bperson@example.com\nTo: test@example.com\n\n"


def subscribe(site, mlist, email, role=MemberRole.member):
    site.users.make(email)
    return mlist.subscribe(site.addresses.get(email), role)


class TestNonmemberModeration:
    def test_member_misses_and_leaves_no_record(self, ask, mlist, anne):
        assert not ask("nonmember-moderation", "From: aperson@example.com\n\n")[0]
        assert len(mlist.nonmembers) == 0

    def test_stranger_is_held_by_default(self, ask):
        hit, msgdata = ask("nonmember-moderation", POST)
        assert hit
        assert msgdata == {
            "member_moderation_action": "hold",
            "moderation_sender": "bperson@example.com",
            "moderation_reasons": ["The message is not from a list member"],
        }

    def test_stranger_is_remembered(self, ask, mlist):
        ask("nonmember-moderation", POST)
        record = mlist.nonmembers.get("bperson@example.com")
        assert record.role is MemberRole.nonmember
        ask("nonmember-moderation", POST)
        assert len(mlist.nonmembers) == 1

    def test_every_sender_is_remembered_but_not_thousands(self, ask, mlist):
        ask("nonmember-moderation", "From: b@example.com\nReply-To: c@example.com\n\n")
        assert mlist.nonmembers.emails() == ["b@example.com", "c@example.com"]
        many = ", ".join(f"p{number}@example.org" for number in range(50))
        ask("nonmember-moderation", f"From: {many}\n\n")
        assert len(mlist.nonmembers) == 12

    def test_default_to_defer_misses(self, ask, mlist):
        mlist.default_nonmember_action = Action.defer
        assert not ask("nonmember-moderation", POST)[0]

    def test_default_of_the_list_is_recorded_by_name(self, ask, mlist):
        mlist.default_nonmember_action = Action.discard
        assert ask("nonmember-moderation", POST)[1]["member_moderation_action"] == "discard"

    def test_message_without_senders_gets_the_default_by_name(self, ask):
        assert ask("nonmember-moderation", "To: x@y.z\n\n")[1]["member_moderation_action"] == (
            "hold"
        )

    def test_record_of_the_stranger_wins(self, ask, site, mlist):
        record = subscribe(site, mlist, "bperson@example.com", MemberRole.nonmember)
        record.moderation_action = Action.reject
        mlist.discard_these_nonmembers = ["bperson@example.com"]
        assert ask("nonmember-moderation", POST)[1]["member_moderation_action"] == "reject"
        record.moderation_action = Action.defer
        assert not ask("nonmember-moderation", POST)[0]

    def test_one_member_among_the_senders_is_enough(self, ask, anne):
        post = "From: bperson@example.com\nReply-To: aperson@example.com\n\n"
        assert not ask("nonmember-moderation", post)[0]

    def test_another_address_of_a_member_is_no_stranger(self, ask, site, mlist, anne):
        site.users.by_email("aperson@example.com").link(site.addresses.add("anne@example.net"))
        assert not ask("nonmember-moderation", "From: anne@example.net\n\n")[0]
        assert len(mlist.nonmembers) == 0

    def test_owner_who_is_no_member_is_a_stranger(self, ask, site, mlist):
        subscribe(site, mlist, "bperson@example.com", MemberRole.owner)
        assert ask("nonmember-moderation", POST)[0]

    def test_news_misses(self, ask, mlist):
        assert not ask("nonmember-moderation", POST, fromusenet=True)[0]
        assert len(mlist.nonmembers) == 1

    def test_banned_sender_misses_and_leaves_no_record(self, ask, mlist):
        mlist.bans.add("bperson@example.com")
        assert not ask("nonmember-moderation", POST)[0]
        assert len(mlist.nonmembers) == 0


class TestLegacyLists:
    @pytest.mark.parametrize("entry", ["bperson@example.com", "BPerson@Example.com", "^bper.*@"])
    @pytest.mark.parametrize("action", ["hold", "reject", "discard"])
    def test_entry_decides(self, ask, mlist, action, entry):
        setattr(mlist, f"{action}_these_nonmembers", [entry])
        hit, msgdata = ask("nonmember-moderation", POST)
        assert hit
        assert msgdata["member_moderation_action"] == action
        assert msgdata["moderation_reasons"] == [
            ("The author is not a member, and for this address the list says: {}", action)
        ]

    def test_accepted_stranger_misses_so_that_later_rules_decide(self, ask, mlist):
        mlist.accept_these_nonmembers = ["^bperson"]
        mlist.discard_these_nonmembers = ["bperson@example.com"]
        assert ask("nonmember-moderation", POST) == (False, {})

    def test_pattern_matches_from_the_start_only(self, ask, mlist):
        mlist.discard_these_nonmembers = ["^person"]
        assert ask("nonmember-moderation", POST)[1]["member_moderation_action"] == "hold"

    def test_members_of_another_list_are_accepted(self, ask, site, mlist):
        other = site.lists.add("other@example.com")
        mlist.accept_these_nonmembers = ["@other@example.com"]
        assert ask("nonmember-moderation", POST)[0]
        subscribe(site, other, "bperson@example.com")
        assert not ask("nonmember-moderation", POST)[0]

    @pytest.mark.parametrize("entry", ["@test@example.com", "@none@example.com", "@none", "@"])
    def test_lists_that_cannot_be_meant_are_logged_and_skipped(self, ask, mlist, caplog, entry):
        mlist.accept_these_nonmembers = [entry]
        with caplog.at_level(logging.ERROR, "mmcore.vette"):
            assert ask("nonmember-moderation", POST)[0]
        assert "accept_these_nonmembers" in caplog.text

    def test_broken_pattern_is_logged_and_skipped(self, ask, mlist, caplog):
        mlist.accept_these_nonmembers = ["^b(person", "^c"]
        _divided.cache_clear()
        with caplog.at_level(logging.ERROR, "mmcore.patterns"):
            assert ask("nonmember-moderation", POST)[0]
        assert "Not matched: '^b(person'" in caplog.text

    def test_pattern_that_takes_for_ever_does_not_hold_up_the_mail(self, ask, mlist):
        mlist.accept_these_nonmembers = ["^(b+)+$"]
        mlist.discard_these_nonmembers = ["^b+@example"]
        post = f"From: {'b' * 60}@example.com\nTo: test@example.com\n\n"
        began = time.monotonic()
        assert ask("nonmember-moderation", post)[1]["member_moderation_action"] == "discard"
        assert time.monotonic() - began < 10

    def test_ordinary_entries_start_no_process(self, ask, mlist, monkeypatch):
        monkeypatch.setattr(subprocess, "Popen", None)
        mlist.accept_these_nonmembers = ["^.*@example[.]net", "x@example.com"]
        mlist.discard_these_nonmembers = [r"^[^@]+@(.+\.)?example\.com$"]
        assert ask("nonmember-moderation", POST)[1]["member_moderation_action"] == "discard"
