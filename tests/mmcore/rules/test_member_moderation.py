from __future__ import annotations

import pytest

from mmcore.interfaces.action import Action

POST = "From: aperson@example.com\nTo: test@example.com\n\n"


class TestMemberModeration:
    def test_ordinary_member_misses(self, ask, anne):
        assert ask("member-moderation", POST) == (False, {})

    def test_stranger_misses(self, ask):
        assert not ask("member-moderation", POST)[0]

    @pytest.mark.parametrize("action", [Action.hold, Action.reject, Action.discard, Action.accept])
    def test_action_of_the_member_is_recorded_by_name(self, ask, anne, action):
        anne.moderation_action = action
        hit, msgdata = ask("member-moderation", POST)
        assert hit
        assert msgdata == {
            "member_moderation_action": action.name,
            "moderation_sender": "aperson@example.com",
            "moderation_reasons": ["Posts by this member are moderated"],
        }

    def test_default_of_the_list_holds_for_members_without_an_action(self, ask, mlist, anne):
        mlist.default_member_action = Action.hold
        assert ask("member-moderation", POST)[1]["member_moderation_action"] == "hold"

    def test_own_action_of_the_member_wins(self, ask, mlist, anne):
        mlist.default_member_action = Action.hold
        anne.moderation_action = Action.defer
        assert not ask("member-moderation", POST)[0]

    def test_another_address_of_the_user_counts(self, ask, site, mlist, anne):
        site.users.by_email("aperson@example.com").link(site.addresses.add("anne@example.net"))
        anne.moderation_action = Action.hold
        hit, msgdata = ask("member-moderation", "From: anne@example.net\n\n")
        assert hit
        assert msgdata["moderation_sender"] == "anne@example.net"

    def test_any_sender_counts(self, ask, anne):
        anne.moderation_action = Action.hold
        post = "From: other@example.com\nReply-To: aperson@example.com\n\n"
        assert ask("member-moderation", post)[0]

    def test_banned_sender_misses(self, ask, mlist, anne):
        anne.moderation_action = Action.hold
        mlist.bans.add("aperson@example.com")
        assert not ask("member-moderation", POST)[0]
