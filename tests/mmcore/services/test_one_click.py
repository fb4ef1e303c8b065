from __future__ import annotations

import pytest

from mmcore.interfaces.subscription import SubscriptionPolicy
from mmcore.services.one_click import leave_by_token, subscription_of
from mmcore.services.subscriptions import confirm, unregister
from mmcore.services.unsubscribe_tokens import make_token


@pytest.fixture
def token(site, mlist, anne):
    return make_token(site, mlist.list_id, anne.member_id)


class TestSubscriptionOf:
    def test_it_says_who_gets_what(self, site, anne, token):
        anne.preferences.preferred_language = "de"
        found = subscription_of(site, token)
        assert (found.email, found.list_id) == ("aperson@example.com", "test.example.com")
        assert (found.list_name, found.posting_address) == ("Test", "test@example.com")
        assert found.join_address == "test-join@example.com"
        assert found.leave_address == "test-leave@example.com"
        assert (found.language, found.list_language) == ("de", "en")

    def test_of_an_ended_membership_it_knows_the_list(self, site, anne, token):
        anne.unsubscribe()
        found = subscription_of(site, token)
        assert (found.email, found.language, found.list_name) == ("", "", "Test")

    def test_of_a_list_that_is_gone_only_its_id(self, site, mlist, token):
        site.lists.remove(mlist)
        found = subscription_of(site, token)
        assert (found.email, found.list_name, found.list_id) == ("", "", "test.example.com")

    def test_any_other_text_is_nothing(self, site, token):
        assert subscription_of(site, token + "x") is None


class TestLeaveByToken:
    def test_the_membership_ends(self, engine, site, mlist, token):
        assert leave_by_token(engine, site, token).email == "aperson@example.com"
        assert mlist.members.get("aperson@example.com") is None

    def test_it_can_be_repeated(self, engine, site, token):
        leave_by_token(engine, site, token)
        assert leave_by_token(engine, site, token).email == ""

    def test_other_lists_are_left_alone(self, engine, site, anne, token):
        other = site.lists.add("other@example.com")
        other.subscribe(anne.address)
        leave_by_token(engine, site, token)
        assert other.members.get("aperson@example.com") is not None

    def test_a_token_that_is_none_changes_nothing(self, engine, site, mlist, anne):
        assert leave_by_token(engine, site, "1.x.y") is None
        assert mlist.members.get("aperson@example.com") is anne

    def test_a_moderator_who_has_yet_to_answer_need_not(self, engine, site, mlist, anne, token):
        mlist.unsubscription_policy = SubscriptionPolicy.moderate
        request, _owner, _member = unregister(engine, anne)
        leave_by_token(engine, site, token)
        assert confirm(engine, site, request)[2] is None
