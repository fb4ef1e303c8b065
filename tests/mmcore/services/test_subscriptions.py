"""The state machine of joining and leaving; rest-api sections 16.3 and 16.4.

Which flags lead where at once is tested for every combination through the
REST API (tests/resources/members/test_views.py).
"""

from __future__ import annotations

import pytest

from mmcore.interfaces.member import (
    AlreadySubscribedError,
    DeliveryMode,
    DeliveryStatus,
    MembershipIsBannedError,
    PostingAddressError,
)
from mmcore.interfaces.subscription import (
    SubscriptionPendingError,
    SubscriptionPolicy,
    TokenOwner,
)
from mmcore.interfaces.user import MissingPreferredAddressError
from mmcore.services.subscription_requests import discard
from mmcore.services.subscriptions import confirm, register, unregister
from tests.support.queues import queued

ALL = {"pre_verified": True, "pre_confirmed": True, "pre_approved": True}


@pytest.fixture
def bart(site):
    return site.addresses.add("Bart@example.com", "Bart Person")


class TestConfirming:
    @pytest.mark.parametrize("policy", [SubscriptionPolicy.open, SubscriptionPolicy.confirm])
    def test_the_subscribers_answer_is_enough(self, engine, site, mlist, bart, policy):
        mlist.subscription_policy = policy
        token, owner, member = register(engine, mlist, bart)
        assert (owner, member) == (TokenOwner.subscriber, None)
        assert bart.verified_on is None
        again, owner, member = confirm(engine, site, token)
        assert (again, owner) == (None, TokenOwner.no_one)
        assert member.email == "bart@example.com"
        assert bart.verified_on is not None
        assert site.pendings.get(token) is None

    @pytest.mark.parametrize(
        "policy", [SubscriptionPolicy.moderate, SubscriptionPolicy.confirm_then_moderate]
    )
    def test_then_comes_the_moderator(self, engine, site, mlist, bart, policy):
        mlist.subscription_policy = policy
        first, owner, _ = register(engine, mlist, bart)
        assert owner is TokenOwner.subscriber
        second, owner, member = confirm(engine, site, first)
        assert (owner, member) == (TokenOwner.moderator, None)
        assert second != first
        with pytest.raises(LookupError):
            confirm(engine, site, first)
        token, owner, member = confirm(engine, site, second)
        assert (token, owner) == (None, TokenOwner.no_one)
        assert mlist.members.get("bart@example.com") is member

    def test_an_approval_given_before_is_remembered(self, engine, site, mlist, bart):
        mlist.subscription_policy = SubscriptionPolicy.confirm_then_moderate
        token, _, _ = register(engine, mlist, bart, pre_approved=True)
        _, owner, member = confirm(engine, site, token)
        assert owner is TokenOwner.no_one
        assert member is not None

    def test_an_accepted_invitation_asks_nobody_else(self, engine, site, mlist, bart):
        mlist.subscription_policy = SubscriptionPolicy.confirm_then_moderate
        token, owner, _ = register(engine, mlist, bart, invitation=True, **ALL)
        assert owner is TokenOwner.subscriber
        assert bart.verified_on is None
        _, owner, member = confirm(engine, site, token)
        assert owner is TokenOwner.no_one
        assert member.address is bart
        assert bart.verified_on is not None

    def test_the_policy_of_the_moment_counts(self, engine, site, mlist, bart):
        token, _, _ = register(engine, mlist, bart)
        mlist.subscription_policy = SubscriptionPolicy.moderate
        token, owner, _ = confirm(engine, site, token)
        assert owner is TokenOwner.moderator
        mlist.subscription_policy = SubscriptionPolicy.confirm_then_moderate
        _, owner, member = confirm(engine, site, token)
        assert owner is TokenOwner.no_one
        assert member is not None

    def test_a_moderator_does_not_verify_an_address(self, engine, site, mlist, bart):
        mlist.subscription_policy = SubscriptionPolicy.moderate
        bart.verify()
        token, owner, _ = register(engine, mlist, bart)
        assert owner is TokenOwner.moderator
        bart.verified_on = None
        confirm(engine, site, token)
        assert bart.verified_on is None

    def test_what_was_asked_for_is_remembered(self, engine, site, mlist, bart):
        token, _, _ = register(
            engine,
            mlist,
            bart,
            send_welcome_message=False,
            delivery_mode=DeliveryMode.mime_digests,
            delivery_status=DeliveryStatus.by_user,
        )
        assert len(queued(engine, site, "virgin")) == 1
        _, _, member = confirm(engine, site, token)
        assert member.preferences.delivery_mode is DeliveryMode.mime_digests
        assert member.preferences.delivery_status is DeliveryStatus.by_user
        assert queued(engine, site, "virgin") == []

    def test_a_user_is_subscribed_as_a_user(self, engine, site, mlist, anne):
        anne.unsubscribe()
        user = site.users.by_email("aperson@example.com")
        token, _, _ = register(engine, mlist, user)
        _, _, member = confirm(engine, site, token)
        assert member.user_id == user.user_id

    def test_the_banned_meanwhile_cannot_join(self, engine, site, mlist, bart):
        token, _, _ = register(engine, mlist, bart)
        mlist.bans.add("bart@example.com")
        with pytest.raises(MembershipIsBannedError):
            confirm(engine, site, token)

    def test_who_joined_meanwhile_is_told(self, engine, site, mlist, bart):
        token, _, _ = register(engine, mlist, bart)
        mlist.subscribe(bart)
        with pytest.raises(AlreadySubscribedError):
            confirm(engine, site, token)

    @pytest.mark.unsound
    def test_a_token_outlives_neither_address_nor_list(self, engine, site, mlist, bart, settings):
        token, _, _ = register(engine, mlist, bart)
        site.addresses.remove(bart)
        with pytest.raises(LookupError):
            confirm(engine, site, token)
        life = settings.mmcore.pending_request_life
        stray = {"type": "subscription", "list_id": "gone.example.com", "email": "x@example.com"}
        with pytest.raises(LookupError):
            confirm(engine, site, site.pendings.add({**stray, "token_owner": "moderator"}, life))

    def test_other_tokens_are_not_requests(self, engine, site, mlist, settings):
        life = settings.mmcore.pending_request_life
        token = site.pendings.add({"type": "held message", "list_id": mlist.list_id}, life)
        for answer in (lambda: confirm(engine, site, token), lambda: discard(site, token)):
            with pytest.raises(LookupError):
                answer()
        assert site.pendings.get(token) is not None

    def test_the_pendable_is_plain(self, engine, site, mlist, bart):
        token, _, _ = register(engine, mlist, bart, delivery_mode=DeliveryMode.mime_digests)
        pendable = site.pendings.get(token)
        assert pendable["type"] == "subscription"
        assert pendable["email"] == "bart@example.com"
        assert pendable["display_name"] == "Bart Person"
        assert pendable["token_owner"] == "subscriber"
        assert pendable["list_id"] == mlist.list_id
        assert "T" in pendable["when"]
        assert {type(value) for value in pendable.values()} <= {str, bool, type(None)}


class TestDiscarding:
    def test_a_discarded_request_is_forgotten(self, engine, site, mlist, bart):
        token, _, _ = register(engine, mlist, bart)
        discard(site, token)
        with pytest.raises(LookupError):
            confirm(engine, site, token)
        register(engine, mlist, bart, **ALL)


class TestRefusals:
    def test_duplicate_goes_before_ban_and_pending(self, engine, mlist, anne, site):
        mlist.bans.add("aperson@example.com")
        with pytest.raises(AlreadySubscribedError):
            register(engine, mlist, anne.address)

    def test_ban_goes_before_pending(self, engine, mlist, bart):
        register(engine, mlist, bart)
        mlist.bans.add("bart@example.com")
        with pytest.raises(MembershipIsBannedError):
            register(engine, mlist, bart)

    def test_a_pending_request_bars_another(self, engine, mlist, bart):
        register(engine, mlist, bart)
        with pytest.raises(SubscriptionPendingError):
            register(engine, mlist, bart, **ALL)

    def test_a_list_cannot_join_itself(self, engine, site, mlist):
        with pytest.raises(PostingAddressError):
            register(engine, mlist, site.addresses.add("test@example.com"), **ALL)

    def test_a_user_needs_a_preferred_address(self, engine, site, mlist):
        user = site.users.make("cris@example.com")
        with pytest.raises(MissingPreferredAddressError):
            register(engine, mlist, user, **ALL)


class TestLeaving:
    def test_the_member_confirms(self, engine, site, mlist, anne):
        token, owner, member = unregister(engine, anne)
        assert (owner, member) == (TokenOwner.subscriber, anne)
        token, owner, member = confirm(engine, site, token)
        assert (token, owner, member) == (None, TokenOwner.no_one, None)
        assert len(mlist.members) == 0

    def test_then_comes_the_moderator(self, engine, site, mlist, anne):
        mlist.unsubscription_policy = SubscriptionPolicy.confirm_then_moderate
        token, owner, _ = unregister(engine, anne)
        assert owner is TokenOwner.subscriber
        token, owner, _ = confirm(engine, site, token)
        assert owner is TokenOwner.moderator
        assert len(mlist.members) == 1
        _, owner, _ = confirm(engine, site, token)
        assert owner is TokenOwner.no_one
        assert len(mlist.members) == 0

    def test_an_approval_given_before_is_remembered(self, engine, site, mlist, anne):
        mlist.unsubscription_policy = SubscriptionPolicy.confirm_then_moderate
        token, _, _ = unregister(engine, anne, pre_approved=True)
        confirm(engine, site, token)
        assert len(mlist.members) == 0

    def test_who_has_gone_meanwhile_needs_nothing(self, engine, site, mlist, anne):
        for policy in (SubscriptionPolicy.confirm, SubscriptionPolicy.confirm_then_moderate):
            mlist.unsubscription_policy = policy
            member = mlist.members.get("aperson@example.com") or mlist.subscribe(anne.address)
            token, _, _ = unregister(engine, member)
            member.unsubscribe()
            assert confirm(engine, site, token) == (None, TokenOwner.no_one, None)

    def test_whoever_asks_again_gets_the_same_token(self, engine, site, mlist, anne):
        first, _, _ = unregister(engine, anne)
        assert unregister(engine, anne) == (first, TokenOwner.subscriber, anne)
        assert len(queued(engine, site, "virgin")) == 2
        assert len(site.pendings) == 1

    def test_another_membership_is_another_request(self, engine, site, mlist, anne):
        first, _, _ = unregister(engine, anne)
        address = anne.address
        anne.unsubscribe()
        second, _, _ = unregister(engine, mlist.subscribe(address))
        assert second != first
        assert confirm(engine, site, first) == (None, TokenOwner.no_one, None)
        assert len(mlist.members) == 1
