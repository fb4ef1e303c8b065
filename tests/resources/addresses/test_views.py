"""Reading addresses (rest-api section 17)."""

from __future__ import annotations

from tests.resources.conftest import BASE


class TestAddresses:
    def test_the_whole_object(self, api, subscribe):
        subscribe("Anne@example.com", display_name="Anne Person")
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        answer = api.get("/3.1/addresses/ANNE@example.com").json
        assert answer.pop("registered_on").startswith("20")
        assert answer.pop("verified_on").startswith("20")
        del answer["http_etag"]
        assert answer == {
            "email": "anne@example.com",
            "original_email": "Anne@example.com",
            "display_name": "Anne Person",
            "user": f"{BASE}/users/{user_id}",
            "self_link": f"{BASE}/addresses/anne@example.com",
        }

    def test_unset_values_are_left_out(self, api, change):
        with change() as site:
            site.addresses.add("anne@example.com")
        answer = api.get("/3.1/addresses/anne@example.com").json
        assert not {"display_name", "verified_on", "user"} & answer.keys()

    def test_the_collection_is_paged(self, api, subscribe):
        for name in ("bart", "anne", "cris"):
            subscribe(f"{name}@example.com")
        answer = api.get("/3.1/addresses?count=2&page=1").json
        assert [entry["email"][0] for entry in answer["entries"]] == ["a", "b"]
        assert answer["total_size"] == 3


class TestMemberships:
    def test_all_roles_on_all_lists(self, api, subscribe):
        api.post("/3.1/lists", {"fqdn_listname": "aardvark@example.com"})
        subscribe("anne@example.com", role="owner")
        subscribe("anne@example.com")
        subscribe("anne@example.com", list_id="aardvark.example.com")
        path = "/3.1/addresses/anne@example.com/memberships"
        answer = api.get(path).json
        assert [(entry["list_id"][:3], entry["role"]) for entry in answer["entries"]] == [
            ("aar", "member"),
            ("ant", "member"),
            ("ant", "owner"),
        ]
        answer = api.get(f"{path}?count=1&page=2&fields=role").json
        assert answer["total_size"] == 3
        assert answer["entries"][0]["role"] == "member"
        api.get(f"{path}?colour=red", status=400)
