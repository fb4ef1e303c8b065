from __future__ import annotations

import pytest

from mmcore.interfaces.action import Action
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from mmcore.interfaces.user import MissingPreferredAddressError
from mmcore.services.roles import add_role
from tests.support.queues import queued


@pytest.fixture
def bart(site):
    return site.addresses.add("Bart@example.com", "Bart Person")


class TestRoles:
    def test_an_address_gets_a_user(self, engine, site, mlist, bart):
        member = add_role(mlist, bart, MemberRole.moderator)
        assert member.moderation_action is Action.accept
        assert bart.user.display_name == "Bart Person"
        assert bart.verified_on is None
        assert queued(engine, site, "virgin") == []

    def test_a_user_is_added_by_address(self, site, mlist, anne):
        user = site.users.by_email("aperson@example.com")
        member = add_role(mlist, user, MemberRole.owner)
        assert member.explicit_email == "aperson@example.com"

    def test_a_user_needs_a_preferred_address(self, site, mlist):
        with pytest.raises(MissingPreferredAddressError):
            add_role(mlist, site.users.make("cris@example.com"), MemberRole.owner)

    def test_delivery_is_stored_with_the_membership(self, mlist, bart):
        member = add_role(mlist, bart, MemberRole.owner)
        assert member.preferences.delivery_mode is DeliveryMode.regular
        assert member.preferences.delivery_status is None
        member = add_role(
            mlist, bart, MemberRole.nonmember, DeliveryMode.mime_digests, DeliveryStatus.by_user
        )
        assert member.preferences.delivery_mode is DeliveryMode.mime_digests
        assert member.preferences.delivery_status is DeliveryStatus.by_user
