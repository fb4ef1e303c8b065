"""Addresses: verification, names, and what goes with them."""

from __future__ import annotations

import pytest

from mmcore.interfaces.address import ExistingAddressError, InvalidEmailAddressError
from mmcore.interfaces.member import MemberRole


class TestContainer:
    def test_addresses_are_known_in_any_case(self, site):
        address = site.addresses.add("Anne@example.com")
        assert site.addresses["ANNE@example.com"] is address
        with pytest.raises(ExistingAddressError):
            site.addresses.add("aNNe@example.com")
        with pytest.raises(InvalidEmailAddressError):
            site.addresses.add("nonsense")
        assert len(site.addresses) == len(site.addresses.values()) == 1

    def test_they_come_by_their_spelling(self, site):
        for email in ("b@example.com", "A@example.com", "a.b@example.com", "Z@example.com"):
            site.addresses.add(email)
        originals = [address.original_email for address in site.addresses.values()]
        assert originals == sorted(originals)
        assert [a.email for a in site.addresses.values(1, 2)] == [
            "z@example.com",
            "a.b@example.com",
        ]
        site.addresses.remove(site.addresses["z@example.com"])
        assert [a.email[0] for a in site.addresses.values()] == ["a", "a", "b"]


class TestRemoving:
    def test_an_address_takes_its_memberships_along_and_leaves_the_user(self, site, mlist, anne):
        user, address = anne.user, anne.address
        mlist.subscribe(address, MemberRole.owner)
        site.addresses.remove(address)
        assert (len(site.addresses), len(site.members), len(mlist.members)) == (0, 0, 0)
        assert (user.addresses, user.preferred_email) == ([], None)
        assert list(mlist.regular_recipients()) == []

    def test_the_last_address_takes_the_users_memberships_along(self, site, mlist, anne):
        user = anne.user
        mlist.subscribe(user)
        assert len(mlist.members) == 2
        site.addresses.remove(anne.address)
        assert (len(site.members), len(mlist.members), user.member_ids) == (0, 0, ())

    def test_with_another_address_they_go_on(self, site, mlist, anne):
        user = anne.user
        member = mlist.subscribe(user, MemberRole.moderator)
        user.link(site.addresses.add("two@example.com"))
        site.addresses.remove(anne.address)
        assert user.memberships() == [member]
        assert mlist.moderators.emails() == ["two@example.com"]


class TestVerification:
    def test_verifying_twice_keeps_the_first_time(self, site):
        address = site.addresses.add("anne@example.com")
        address.verify()
        first = address.verified_on
        address.verify()
        assert address.verified_on == first
        for _ in range(2):
            address.unverify()
            assert address.verified_on is None

    def test_the_preferred_address_stays_in_effect(self, site, mlist, anne):
        user = anne.user
        member = mlist.subscribe(user, MemberRole.owner)
        user.link(site.addresses.add("two@example.com"))
        anne.address.unverify()
        user.addresses[1].verify()
        assert member.email == "aperson@example.com"
        assert mlist.owners.emails() == ["aperson@example.com"]

    def test_without_one_the_first_verified_is_in_effect(self, site, mlist, anne):
        user = anne.user
        two = site.addresses.add("two@example.com")
        user.link(two)
        mlist.subscribe(user, MemberRole.owner)
        user.preferred_address = None
        assert mlist.owners.emails() == ["aperson@example.com"]
        anne.address.unverify()
        assert mlist.owners.emails() == ["aperson@example.com"]
        two.verify()
        assert mlist.owners.emails() == ["two@example.com"]
        two.unverify()
        assert mlist.owners.emails() == ["aperson@example.com"]


class TestNames:
    def test_rosters_know_the_new_name(self, mlist, anne):
        anne.address.display_name = "Anne"
        assert [entry.display_name for entry in mlist.members.entries()] == ["Anne"]
        anne.user.display_name = "User"
        assert [entry.display_name for entry in mlist.members.entries()] == ["Anne"]
        anne.address.display_name = ""
        assert [entry.display_name for entry in mlist.members.entries()] == ["User"]
