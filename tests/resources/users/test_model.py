"""Users: their addresses, and what goes with them."""

from __future__ import annotations

import pytest

from mmcore.interfaces.address import (
    AddressAlreadyLinkedError,
    AddressNotLinkedError,
    InvalidEmailAddressError,
)


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


class TestAddresses:
    def test_an_address_takes_its_memberships_along_and_leaves_the_user(self, site, mlist, anne):
        user = anne.user
        site.addresses.remove(anne.address)
        assert (len(site.addresses), len(site.members), len(mlist.members)) == (0, 0, 0)
        assert user.addresses == []

    def test_verifying_twice_keeps_the_first_time(self, site):
        address = site.addresses.add("anne@example.com")
        address.verify()
        first = address.verified_on
        address.verify()
        assert address.verified_on == first
