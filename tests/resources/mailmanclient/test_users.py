"""Users and addresses."""

from __future__ import annotations

from urllib.error import HTTPError

import pytest
from mailmanclient.restobjects.address import Address, Addresses
from mailmanclient.restobjects.user import User

from tests.resources.mailmanclient.tour import tours


class TestUsers:
    def test_a_user_from_birth_to_death(self, client):
        user = client.create_user("Anne@example.com", "secret", "Anne Person")
        assert (user.display_name, user.is_server_owner) == ("Anne Person", False)
        assert client.get_user("anne@example.com").user_id == user.user_id
        assert client.get_user(user.user_id).display_name == "Anne Person"
        user.display_name, user.is_server_owner = "Anne", True
        user.password = "other"
        user.save()
        fresh = client.get_user(user.user_id)
        assert (fresh.display_name, fresh.is_server_owner) == ("Anne", True)
        assert [u.user_id for u in client.users] == [user.user_id]
        assert client.get_user_page(count=1, page=1).total_size == 1
        user.delete()
        assert client.users == []

    def test_the_same_again(self, client):
        client.create_user("anne@example.com", "secret")
        with pytest.raises(HTTPError, match=r"User already exists: anne@example\.com"):
            client.create_user("anne@example.com", "secret")

    def test_finding(self, client):
        client.create_user("anne@example.com", "secret", "Anne Person")
        client.create_user("bart@example.com", "secret", "Bart Person")
        assert [u.display_name for u in client.find_users("BART")] == ["Bart Person"]
        page = client.find_users_page("person", 1, 2)
        assert ([u.display_name for u in page], page.total_size) == (["Bart Person"], 2)

    def test_addresses(self, client):
        user = client.create_user("anne@example.com", "secret", "Anne")
        assert user.preferred_address is None
        address = user.add_address("two@example.com")
        assert not address.verified
        with pytest.raises(HTTPError, match="must be verified"):
            user.preferred_address = "two@example.com"
        address.verify()
        assert client.get_address("two@example.com").verified
        user.preferred_address = "two@example.com"
        assert str(user.preferred_address) == "two@example.com"
        assert [str(a) for a in user.addresses] == ["anne@example.com", "two@example.com"]
        assert client.get_address("two@example.com").user.user_id == user.user_id
        address.unverify()
        address.delete()
        assert client.get_user(user.user_id).preferred_address is None
        assert [str(a) for a in client.get_user(user.user_id).addresses] == ["anne@example.com"]

    def test_merging(self, client, mlist, join):
        user = client.create_user("anne@example.com", "secret", "Anne")
        other = join("bart@example.com").user
        with pytest.raises(HTTPError, match="Address belongs to other user"):
            user.add_address("bart@example.com")
        user.add_address("bart@example.com", absorb_existing=True)
        with pytest.raises(HTTPError) as error:
            client.get_user(other.user_id).display_name  # noqa: B018 - the call is made
        assert error.value.code == 404
        assert user.subscription_list_ids == ["ant.example.com"]
        assert mlist.get_member("bart@example.com").user.user_id == user.user_id

    def test_preferences(self, client):
        user = client.create_user("anne@example.com", "secret")
        for preferences in (user.preferences, client.get_address("anne@example.com").preferences):
            preferences["delivery_mode"] = "mime_digests"
            preferences.save()
        assert client.get_user(user.user_id).preferences["delivery_mode"] == "mime_digests"


@tours(User)
def test_a_tour_of_a_user(client, join):
    user = client.create_user("anne@example.com", "secret", "Anne")
    assert user.self_link.endswith(f"/3.1/users/{user.user_id}")
    assert user.created_on.startswith("20")
    assert user.password == "********"
    assert (user.display_name, user.is_server_owner) == ("Anne", False)
    user.display_name, user.is_server_owner = "Jérôme", True
    # What the library lists as a property to write it keeps to itself ...
    user.cleartext_password = "unknown"
    # ... while it sends this one under that name.
    user.password = "other"
    user.save()
    assert (user.rest_data["display_name"], user.is_server_owner) == ("Jérôme", True)
    login = f"users/{user.user_id}/login"
    call = client._connection.call
    assert call(login, {"cleartext_password": "other"})[0].status_code == 204
    assert user.add_address("two@example.com").email == "two@example.com"
    assert [str(address) for address in user.addresses] == ["anne@example.com", "two@example.com"]
    client.get_address("two@example.com").verify()
    user.preferred_address = "two@example.com"
    assert str(user.preferred_address) == "two@example.com"
    user.preferred_address = None
    assert user.preferred_address is None
    join("two@example.com")
    assert [member.email for member in user.subscriptions] == ["two@example.com"]
    assert user.subscription_list_ids == ["ant.example.com"]
    user.preferences["hide_address"] = True
    user.preferences.save()
    user.delete()
    assert client.users == client.members == []


@tours(Address)
def test_a_tour_of_an_address(client):
    user = client.create_user("Anne+x@example.com", "secret", "Anne")
    address = client.get_address("anne+x@example.com")
    assert address.self_link.endswith("/3.1/addresses/anne+x@example.com")
    assert (address.email, address.original_email) == ("anne+x@example.com", "Anne+x@example.com")
    assert (address.display_name, address.verified, address.verified_on) == ("Anne", False, None)
    assert address.registered_on.startswith("20")
    assert address.user.user_id == user.user_id
    assert address.rest_data["email"] == str(address) == "anne+x@example.com"
    address.verify()
    assert address.verified
    address.unverify()
    assert not address.verified
    address.preferences["delivery_mode"] = "summary_digests"
    address.preferences.save()
    assert address.preferences["delivery_mode"] == "summary_digests"
    address.display_name = "Anne B."
    address.save()
    assert client.get_address("anne+x@example.com").display_name == "Anne B."
    address.delete()
    assert len(user.addresses) == 0


@tours(Addresses)
def test_a_tour_of_addresses(client):
    user = client.create_user("anne@example.com", "secret")
    user.add_address("two@example.com")
    addresses = user.addresses
    assert len(addresses.rest_data) == len(addresses) == 2
    assert addresses.find_by_email("two@example.com").email == "two@example.com"
    assert addresses.find_by_email("nobody@example.com") is None
    addresses.remove("two@example.com")
    assert [str(address) for address in addresses] == ["anne@example.com"]
    with pytest.raises(ValueError, match="does not exist"):
        addresses.remove("two@example.com")
    for refused in (addresses.clear, addresses.save):
        with pytest.raises(HTTPError, match="Method Not Allowed"):
            refused()
    del addresses[0]
    assert len(addresses) == 0
