"""What a site does with users (rest-api sections 17, 18 and 25)."""

from __future__ import annotations

import pytest

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.user import (
    AddressOfOtherUserError,
    NoSuchAddressError,
    UnverifiedPreferenceError,
    UserAlreadyExistsError,
)
from mmcore.services import passwords, users


@pytest.fixture
def bart(site):
    return site.users.make("Bart@example.com", "Bart Person")


class TestCreateUser:
    def test_an_address_is_created_with_the_name(self, site):
        user = users.create_user(site, "Anne@example.com", "Anne", is_server_owner=True)
        [address] = user.addresses
        assert (address.original_email, address.display_name) == ("Anne@example.com", "Anne")
        assert user.is_server_owner
        assert address.verified_on is user.preferred_address is None

    def test_a_password_is_hashed(self, site):
        user = users.create_user(site, "anne@example.com", password="secret")
        assert passwords.verify("secret", user.password)[0]

    def test_without_a_password_it_gets_one_that_matches_nothing(self, site):
        user = users.create_user(site, "anne@example.com")
        assert user.password
        assert not users.login(user, user.password)

    def test_an_address_of_nobody_is_linked(self, site):
        address = site.addresses.add("anne@example.com", "Old")
        user = users.create_user(site, "ANNE@example.com", "New")
        assert address.user is user
        assert address.display_name == "Old"

    @pytest.mark.parametrize(
        ("email", "error"),
        [("bart@example.com", UserAlreadyExistsError), ("nonsense", InvalidEmailAddressError)],
    )
    def test_what_cannot_be_changes_nothing(self, site, bart, email, error):
        with pytest.raises(error):
            users.create_user(site, email)
        assert (len(site.users), len(site.addresses)) == (1, 1)


class TestCreateUserOf:
    def test_the_address_leaves_its_user(self, site, bart):
        address = bart.addresses[0]
        user = users.create_user_of(site, address, "two@example.com", "New")
        assert bart.addresses == []
        assert user.emails == ("bart@example.com", "two@example.com")

    def test_somebody_elses_further_address_changes_nothing(self, site, bart):
        address = site.users.make("anne@example.com").addresses[0]
        with pytest.raises(UserAlreadyExistsError, match=r"Bart@example\.com"):
            users.create_user_of(site, address, "bart@example.com")
        assert address.user.emails == ("anne@example.com",)
        assert len(site.users) == 2


class TestAddAddress:
    def test_new_and_free_addresses_are_linked(self, site, bart):
        site.addresses.add("free@example.com")
        users.add_address(site, bart, "free@example.com", "Ignored")
        new = users.add_address(site, bart, "New@example.com", "New")
        assert bart.emails == ("bart@example.com", "free@example.com", "new@example.com")
        assert (new.display_name, site.addresses["free@example.com"].display_name) == ("New", "")

    @pytest.mark.parametrize("email", ["bart@example.com", "anne@example.com"])
    def test_what_belongs_to_somebody_is_refused(self, site, bart, email):
        site.users.make("anne@example.com")
        with pytest.raises(AddressOfOtherUserError):
            users.add_address(site, bart, email)

    def test_absorbing_merges(self, site, bart):
        site.users.make("anne@example.com")
        users.add_address(site, bart, "anne@example.com", absorb=True)
        assert bart.emails == ("bart@example.com", "anne@example.com")
        assert site.users.values() == [bart]

    def test_absorbing_oneself_changes_nothing(self, site, bart):
        users.add_address(site, bart, "bart@example.com", absorb=True)
        assert bart.emails == ("bart@example.com",)


class TestPrefer:
    def test_a_verified_address_of_nobody_is_linked(self, site, bart):
        site.addresses.add("new@example.com").verify()
        address = users.prefer(site, bart, "NEW@example.com")
        assert bart.preferred_address is address

    def test_why_not(self, site, bart):
        other = site.users.make("anne@example.com").addresses[0]
        other.verify()
        for email, error, said in (
            ("new@example.com", NoSuchAddressError, "new@example.com"),
            ("bart@example.com", UnverifiedPreferenceError, "Bart Person <Bart@example.com> must"),
            ("anne@example.com", AddressOfOtherUserError, "other user"),
        ):
            with pytest.raises(error, match=said):
                users.prefer(site, bart, email)
        assert bart.preferred_address is None

    def test_an_unverified_address_without_name_is_told_as_it_is(self, site, bart):
        site.addresses.add("new@example.com")
        with pytest.raises(UnverifiedPreferenceError, match=r"^new@example\.com must be"):
            users.prefer(site, bart, "new@example.com")


class TestAddOwners:
    def test_users_are_created_as_needed_and_added_once(self, site, mlist, bart):
        emails = iter(["bart@example.com", "anne@example.com", "bart@example.com"])
        users.add_owners(site, mlist.domain, emails)
        assert [owner.emails for owner in mlist.domain.owners] == [
            ("bart@example.com",),
            ("anne@example.com",),
        ]

    def test_one_bad_address_stops_all(self, site, mlist):
        with pytest.raises(InvalidEmailAddressError):
            users.add_owners(site, mlist.domain, ["anne@example.com", "nonsense"])
        assert len(site.users) == 0


class TestChangeUser:
    def test_only_what_is_given(self, bart):
        users.change_user(bart, {"cleartext_password": "secret"})
        assert users.login(bart, "secret")
        users.change_user(bart, {"display_name": "B", "is_server_owner": True})
        assert (bart.display_name, bart.is_server_owner) == ("B", True)
        assert users.login(bart, "secret")
