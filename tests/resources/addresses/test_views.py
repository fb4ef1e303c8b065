"""`/addresses` (rest-api section 17); whose an address is: test_user_views.py."""

from __future__ import annotations

import pytest

from tests.resources.conftest import BASE

ADDRESSES = "/3.1/addresses"
ANNE = f"{ADDRESSES}/anne@example.com"


@pytest.fixture
def anne(change):
    """An address that belongs to nobody."""
    with change() as site:
        site.addresses.add("Anne@example.com")


class TestObject:
    def test_the_whole_object(self, api, subscribe):
        subscribe("Anne@example.com", display_name="Anne Person")
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        answer = api.get(f"{ADDRESSES}/ANNE@example.com").json
        assert answer.pop("registered_on").startswith("20")
        assert answer.pop("verified_on").startswith("20")
        assert answer.pop("http_etag").startswith('"')
        assert answer == {
            "email": "anne@example.com",
            "original_email": "Anne@example.com",
            "display_name": "Anne Person",
            "user": f"{BASE}/users/{user_id}",
            "self_link": f"{BASE}/addresses/anne@example.com",
        }

    def test_unset_values_are_left_out(self, api, anne):
        assert not {"display_name", "verified_on", "user"} & api.get(ANNE).json.keys()

    def test_the_older_api_links_to_decimal_ids(self, api, subscribe):
        subscribe("anne@example.com")
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        answer = api.get("/3.0/addresses/anne@example.com").json
        assert answer["user"] == f"http://localhost:8001/3.0/users/{int(user_id, 16)}"
        assert answer["self_link"] == "http://localhost:8001/3.0/addresses/anne@example.com"

    def test_an_unknown_address_is_404(self, api):
        answer = api.get(ANNE, status=404)
        assert answer.json == {"title": "404 Not Found", "description": "404 Not Found"}
        api.get(f"{ADDRESSES}/", status=404)
        api.patch(ANNE, {"display_name": "Anne"}, status=404)
        api.delete(ANNE, status=404)

    def test_other_methods_are_405(self, api, anne):
        assert api.put(ANNE, status=405).headers["Allow"] == "DELETE, GET, PATCH, OPTIONS"
        assert api.post(ADDRESSES, status=405).headers["Allow"] == "GET, OPTIONS"

    def test_an_unknown_sub_resource_is_404(self, api, anne):
        api.get(f"{ANNE}/nothing", status=404)
        api.get(f"{ANNE}/preferences/more", status=404)


class TestCollection:
    def test_capitals_come_first(self, api, change):
        with change() as site:
            for email in ("anne@example.com", "Zoe@example.com", "bart@example.com"):
                site.addresses.add(email)
        answer = api.get(f"{ADDRESSES}?unknown=ignored").json
        assert answer["total_size"] == 3
        assert [entry["original_email"] for entry in answer["entries"]] == [
            "Zoe@example.com",
            "anne@example.com",
            "bart@example.com",
        ]
        page = api.get(f"{ADDRESSES}?count=2&page=2").json
        assert (page["start"], page["total_size"]) == (2, 3)
        assert [entry["email"] for entry in page["entries"]] == ["bart@example.com"]

    def test_no_address_at_all(self, api):
        answer = api.get(ADDRESSES).json
        assert (answer["total_size"], "entries" in answer) == (0, False)


class TestChanging:
    def test_the_name_is_all_that_can_be_changed(self, api, anne):
        assert api.patch(ANNE, {"display_name": "Anne"}, status=204).body == b""
        assert api.get(ANNE).json["display_name"] == "Anne"
        api.patch_json(ANNE, {"display_name": "Änne"}, status=204)
        assert api.get(ANNE).json["display_name"] == "Änne"
        api.patch(ANNE, {"display_name": ""}, status=204)
        assert "display_name" not in api.get(ANNE).json

    def test_nothing_and_more_are_400(self, api, anne):
        answer = api.patch(ANNE, status=400)
        assert answer.json["description"] == "Missing Parameter: display_name"
        answer = api.patch(ANNE, {"display_name": "A", "email": "x@example.com"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: email"
        assert "display_name" not in api.get(ANNE).json

    def test_memberships_show_the_new_name(self, api, ant, subscribe):
        member = subscribe("anne@example.com", display_name="Anne")
        api.patch(ANNE, {"display_name": "Anne Person"}, status=204)
        assert api.get(member).json["display_name"] == "Anne Person"
        roster = api.get(f"/3.1/lists/{ant}/roster/member").json["entries"]
        assert [entry["display_name"] for entry in roster] == ["Anne Person"]


class TestDeleting:
    def test_its_memberships_end_and_its_user_stays(self, api, ant, subscribe):
        member, owner = subscribe("anne@example.com"), subscribe("anne@example.com", role="owner")
        user = api.get("/3.1/users/anne@example.com").json["self_link"].removeprefix(BASE)
        api.post(f"/3.1{user}/preferred_address", {"email": "anne@example.com"}, status=201)
        api.delete(ANNE, status=204)
        for gone in (ANNE, member, owner, f"/3.1{user}/preferred_address"):
            api.get(gone, status=404)
        assert api.get(f"/3.1{user}/addresses").json["total_size"] == 0
        assert api.get(f"/3.1/lists/{ant}").json["member_count"] == 0

    def test_memberships_of_the_user_go_by_another_address(self, api, ant, subscribe):
        api.post("/3.1/users", {"email": "anne@example.com"}, status=201)
        api.post(f"{ANNE}/verify", status=204)
        api.post("/3.1/users/anne@example.com/preferred_address", {"email": "anne@example.com"})
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        api.post(f"/3.1/users/{user_id}/addresses", {"email": "zoe@example.com"}, status=201)
        member = subscribe(user_id)
        api.delete(ANNE, status=204)
        assert api.get(member).json["email"] == "zoe@example.com"
        assert api.get("/3.1/members").json["total_size"] == 1
        api.delete(f"{ADDRESSES}/zoe@example.com", status=204)
        api.get(member, status=404)
        assert api.get("/3.1/members").json["total_size"] == 0

    def test_its_requests_are_dropped(self, api, ant):
        answer = api.post(
            "/3.1/members", {"list_id": ant, "subscriber": "anne@example.com"}, status=202
        )
        requests = f"/3.1/lists/{ant}/requests"
        assert api.get(f"{requests}/count").json["count"] == 1
        api.delete(ANNE, status=204)
        assert api.get(f"{requests}/count").json["count"] == 0
        api.get(f"{requests}/{answer.json['token']}", status=404)


class TestVerifying:
    def test_verifying_twice_keeps_the_first_time(self, api, anne):
        assert api.post(f"{ANNE}/verify", {"any": "thing"}, status=204).body == b""
        first = api.get(ANNE).json["verified_on"]
        api.post(f"{ANNE}/verify", status=204)
        assert api.get(ANNE).json["verified_on"] == first

    def test_unverifying_twice_is_fine(self, api, anne):
        api.post(f"{ANNE}/verify", status=204)
        for _ in range(2):
            api.post(f"{ANNE}/unverify", status=204)
            assert "verified_on" not in api.get(ANNE).json

    def test_a_preferred_address_stays_preferred(self, api, subscribe):
        subscribe("anne@example.com")
        path = "/3.1/users/anne@example.com/preferred_address"
        api.post(path, {"email": "anne@example.com"}, status=201)
        api.post(f"{ANNE}/unverify", status=204)
        assert api.get(path).json["email"] == "anne@example.com"

    @pytest.mark.parametrize("what", ["verify", "unverify"])
    def test_where_nothing_is(self, api, anne, what):
        assert api.get(f"{ANNE}/{what}", status=405).headers["Allow"] == "POST, OPTIONS"
        api.post(f"{ANNE}/{what}/more", status=400)
        api.post(f"{ADDRESSES}/nobody@example.com/{what}", status=404)


class TestMemberships:
    PATH = f"{ANNE}/memberships"

    def test_all_roles_on_all_lists(self, api, subscribe):
        api.post("/3.1/lists", {"fqdn_listname": "aardvark@example.com"})
        subscribe("anne@example.com", role="owner")
        subscribe("anne@example.com")
        subscribe("anne@example.com", list_id="aardvark.example.com")
        answer = api.get(self.PATH).json
        assert [(entry["list_id"][:3], entry["role"]) for entry in answer["entries"]] == [
            ("aar", "member"),
            ("ant", "member"),
            ("ant", "owner"),
        ]
        answer = api.get(f"{self.PATH}?count=1&page=2&fields=role").json
        assert answer["total_size"] == 3
        assert answer["entries"][0]["role"] == "member"
        assert "email" not in answer["entries"][0]

    def test_those_of_the_user_too_where_the_address_is_in_effect(self, api, subscribe):
        subscribe("anne@example.com")
        user = "/3.1/users/anne@example.com"
        api.post(f"{user}/preferred_address", {"email": "anne@example.com"}, status=201)
        api.post(f"{user}/addresses", {"email": "other@example.com"}, status=201)
        subscribe(api.get(user).json["user_id"], role="owner")
        assert api.get(self.PATH).json["total_size"] == 2
        other = f"{ADDRESSES}/other@example.com/memberships"
        assert api.get(other).json["total_size"] == 0

    def test_those_of_an_address_without_user_too(self, api, subscribe):
        subscribe("anne@example.com")
        api.delete(f"{ANNE}/user", status=204)
        [entry] = api.get(self.PATH).json["entries"]
        assert (entry["email"], "user" in entry) == ("anne@example.com", False)

    def test_where_nothing_is(self, api, anne):
        answer = api.get(f"{self.PATH}?colour=red", status=400)
        assert answer.json["description"] == "Unexpected parameters: colour"
        api.get(f"{self.PATH}/more", status=404)
        api.get(f"{ADDRESSES}/nobody@example.com/memberships", status=404)
        api.post(self.PATH, status=405)


class TestLinks:
    @pytest.mark.parametrize("local", ["a/b", "who?x", "50%", "#1"])
    def test_links_of_odd_addresses_can_be_followed(self, api, change, local):
        with change() as site:
            site.addresses.add(f"{local}@example.com")
        [entry] = api.get("/3.1/addresses").json["entries"]
        path = entry["self_link"].removeprefix("http://localhost:8001")
        found = api.get(path, extra_environ={"REQUEST_URI": path})
        assert found.json["email"] == f"{local}@example.com"
