"""Users: their addresses, and what goes with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mmcore.interfaces.address import (
    AddressAlreadyLinkedError,
    AddressNotLinkedError,
    InvalidEmailAddressError,
)
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole, SubscriptionMode
from mmcore.services import passwords


class TestMake:
    def test_user_and_address_are_created(self, site):
        user = site.users.make("Anne@Example.com", "Anne Person")
        [address] = user.addresses
        assert (address.email, address.original_email) == ("anne@example.com", "Anne@Example.com")
        assert address.display_name == user.display_name == "Anne Person"
        assert address.user is user
        assert len(user.user_id) == 32

    def test_an_address_without_user_gets_one_with_its_name(self, site):
        site.addresses.add("anne@example.com", "Anne")
        assert site.users.make("anne@example.com").display_name == "Anne"

    def test_the_user_of_an_address_is_found(self, site):
        user = site.users.make("anne@example.com")
        assert site.users.make("ANNE@example.com") is user
        assert site.users.by_email("anne@example.com") is user
        assert site.users.get(user.user_id) is user
        assert len(site.users) == 1

    def test_nonsense_is_refused(self, site):
        with pytest.raises(InvalidEmailAddressError):
            site.users.make("nonsense")
        assert len(site.users) == 0


class TestLinking:
    def test_an_address_belongs_to_one_user_at_most(self, site):
        anne, bart = site.users.make("anne@example.com"), site.users.make("bart@example.com")
        with pytest.raises(AddressAlreadyLinkedError):
            bart.link(anne.addresses[0])
        with pytest.raises(AddressNotLinkedError):
            bart.unlink(anne.addresses[0])

    def test_unlinking_the_preferred_address_leaves_none(self, site, anne):
        user, address = anne.user, anne.address
        user.unlink(address)
        assert user.preferred_address is None
        assert user.addresses == []
        assert address.user is None
        # The membership was the address's own.
        assert address.memberships() == [anne]

    def test_a_verified_address_without_user_is_linked_by_preferring_it(self, site, anne):
        address = site.addresses.add("new@example.com")
        address.verify()
        anne.user.preferred_address = address
        assert address.user is anne.user

    def test_somebody_elses_address_cannot_be_preferred(self, site, anne):
        other = site.users.make("bart@example.com").addresses[0]
        other.verify()
        with pytest.raises(AddressAlreadyLinkedError):
            anne.user.preferred_address = other


class TestContainer:
    def test_users_come_in_the_order_of_their_creation(self, site):
        made = [site.users.add(name) for name in "zyx"]
        assert site.users.values() == made
        assert site.users.values(1, 1) == made[1:2]

    def test_a_user_takes_addresses_and_memberships_along(self, site, mlist, anne):
        user = anne.user
        mlist.subscribe(user)
        mlist.domain.add_owner(user)
        site.users.remove(user)
        assert (len(site.users), len(site.addresses), len(site.members)) == (0, 0, 0)
        assert mlist.domain.owners == []
        assert list(mlist.regular_recipients()) == []


class TestOwners:
    def test_who_owns_the_server(self, site):
        anne, bart = site.users.add("Anne"), site.users.add("Bart")
        for user in (bart, anne, bart):
            user.is_server_owner = True
        assert site.users.owners() == [anne, bart]
        assert site.users.owners(1, 1) == [bart]
        anne.is_server_owner = False
        site.users.remove(bart)
        assert site.users.count_owners() == 0


class TestUnlinkingTheLast:
    def test_memberships_of_the_user_become_the_addresss_own(self, site, mlist, anne):
        user, address = anne.user, anne.address
        member = mlist.subscribe(user, MemberRole.owner)
        user.unlink(address)
        assert member.subscription_mode is SubscriptionMode.as_address
        assert (member.email, member.user) == ("aperson@example.com", None)
        assert user.memberships() == []
        assert address.memberships() == [anne, member]

    def test_they_end_where_the_address_has_one_already(self, site, mlist, anne):
        mlist.subscribe(anne.user)
        anne.user.unlink(anne.address)
        assert (len(mlist.members), len(site.members)) == (1, 1)
        assert mlist.members.members() == [anne]


class TestMerging:
    @pytest.fixture
    def bart(self, site):
        user = site.users.make("bart@example.com", "Bart")
        user.addresses[0].verify()
        user.preferred_address = user.addresses[0]
        return user

    def test_addresses_and_their_memberships_follow(self, site, mlist, anne, bart):
        member = mlist.subscribe(bart.addresses[0])
        site.users.merge(anne.user, bart)
        assert anne.user.emails == ("aperson@example.com", "bart@example.com")
        assert member.user is anne.user
        assert {entry.user_id for entry in mlist.members.entries()} == {anne.user.user_id}
        assert site.users.get(bart.user_id) is None
        assert len(site.users) == 1

    def test_memberships_of_the_user_move_unless_there_is_one(self, site, mlist, anne, bart):
        for role in (MemberRole.member, MemberRole.owner):
            mlist.subscribe(bart, role)
        mine = mlist.subscribe(anne.user)
        site.users.merge(anne.user, bart)
        assert [m.user_id for m in mlist.owners.members()] == [anne.user.user_id]
        assert set(mlist.members.members()) == {anne, mine}
        # The survivor has a preferred address: it stays.
        assert mlist.owners.emails() == ["aperson@example.com"]

    def test_the_preferred_address_is_carried_over(self, site, mlist, bart):
        mlist.subscribe(bart)
        nobody = site.users.add("Nobody")
        site.users.merge(nobody, bart)
        assert nobody.preferred_email == "bart@example.com"
        assert mlist.members.emails() == ["bart@example.com"]

    def test_what_the_survivor_does_not_say_is_taken_over(self, site, bart):
        bart.password, bart.is_server_owner = "hash", True
        bart.preferences.acknowledge_posts = True
        bart.preferences.delivery_mode = DeliveryMode.mime_digests
        anne = site.users.make("anne@example.com")
        anne.password = passwords.UNUSABLE
        anne.preferences.acknowledge_posts = False
        site.users.merge(anne, bart)
        assert (anne.display_name, anne.password, anne.is_server_owner) == ("Bart", "hash", True)
        assert anne.preferences.acknowledge_posts is False
        assert anne.preferences.delivery_mode is DeliveryMode.mime_digests
        assert site.users.owners() == [anne]

    def test_a_password_that_nobody_knows_is_better_than_none(self, site, anne, bart):
        bart.password = passwords.UNUSABLE
        assert anne.user.password is None
        site.users.merge(anne.user, bart)
        assert anne.user.password == passwords.UNUSABLE

    def test_what_it_says_stays(self, site, anne, bart):
        bart.password, anne.user.password = "other", "hash"
        site.users.merge(anne.user, bart)
        assert (anne.user.display_name, anne.user.password) == ("Anne Person", "hash")
        assert anne.user.is_server_owner is False

    def test_preferences_taken_over_hold_for_delivery(self, site, mlist, anne, bart):
        bart.preferences.delivery_status = DeliveryStatus.by_user
        site.users.merge(anne.user, bart)
        assert list(mlist.regular_recipients()) == []

    def test_domains_are_taken_over_once(self, site, mlist, anne, bart):
        cris = site.users.make("cris@example.com")
        for user in (bart, cris, anne.user):
            mlist.domain.add_owner(user)
        site.users.merge(anne.user, bart)
        assert mlist.domain.owners == [anne.user, cris]

    def test_requests_are_taken_over(self, site, mlist, anne, bart):
        request = {
            "type": "subscription",
            "list_id": mlist.list_id,
            "email": "bart@example.com",
            "user_id": bart.user_id,
            "token_owner": "moderator",
        }
        token = site.pendings.add(request, timedelta(days=1))
        site.users.merge(anne.user, bart)
        assert site.pendings.get(token)["user_id"] == anne.user.user_id
        site.users.remove(anne.user)
        assert site.pendings.get(token) is None

    def test_somebody_with_oneself(self, site, anne):
        site.users.merge(anne.user, anne.user)
        assert anne.user.emails == ("aperson@example.com",)


class TestWithoutPreferredAddress:
    def test_linking_may_change_which_is_in_effect(self, site, mlist, anne):
        user = anne.user
        mlist.subscribe(user, MemberRole.owner)
        user.preferred_address = None
        anne.address.unverify()
        other = site.addresses.add("other@example.com")
        other.verify()
        user.link(other)
        assert (user.email_in_effect, mlist.owners.emails()) == (other.email, [other.email])
        user.unlink(other)
        assert mlist.owners.emails() == ["aperson@example.com"]

    def test_without_any_address_there_is_none(self, site):
        assert site.users.add("Nobody").email_in_effect is None
