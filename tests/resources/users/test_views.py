"""Reading users (rest-api section 18)."""

from __future__ import annotations

from resources.representation import MASK
from tests.resources.conftest import BASE


class TestUsers:
    def test_users_come_in_order_of_creation(self, api, subscribe):
        for name in ("bart", "anne"):
            subscribe(f"{name}@example.com", display_name=name)
        answer = api.get("/3.1/users").json
        assert [entry["display_name"] for entry in answer["entries"]] == ["bart", "anne"]

    def test_a_user_is_found_by_id_and_by_address(self, api, subscribe):
        subscribe("anne@example.com", display_name="Anne")
        user = api.get("/3.1/users/Anne@example.com").json
        assert api.get(f"/3.1/users/{user['user_id']}").json == user
        assert user["self_link"] == f"{BASE}/users/{user['user_id']}"
        assert user["display_name"] == "Anne"
        assert user["is_server_owner"] is False
        assert "password" not in user

    def test_the_older_api_shows_decimal_ids(self, api, subscribe):
        subscribe("anne@example.com")
        hexadecimal = api.get("/3.1/users/anne@example.com").json["user_id"]
        user = api.get("/3.0/users/anne@example.com").json
        assert user["user_id"] == int(hexadecimal, 16)
        api.get(f"/3.0/users/{user['user_id']}", status=200)

    def test_password_hashes_are_masked(self, api, subscribe, change):
        subscribe("anne@example.com")
        with change() as site:
            site.users.by_email("anne@example.com").password = "$argon2id$secret"
        assert api.get("/3.1/users/anne@example.com").json["password"] == MASK

    def test_addresses_of_a_user(self, api, subscribe, change):
        subscribe("bnne@example.com")
        with change() as site:
            site.users.by_email("bnne@example.com").link(site.addresses.add("Anne@example.net"))
        entries = api.get("/3.1/users/bnne@example.com/addresses").json["entries"]
        assert [entry["original_email"] for entry in entries] == [
            "Anne@example.net",
            "bnne@example.com",
        ]
