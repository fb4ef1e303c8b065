"""`/domains` (rest-api section 4)."""

from __future__ import annotations

import pytest

from tests.resources.conftest import BASE

DOMAINS = "/3.1/domains"
PATH = f"{DOMAINS}/example.com"


@pytest.fixture
def example(api):
    api.post(DOMAINS, {"mail_host": "example.com", "description": "Example, Inc."}, status=201)


class TestCreating:
    def test_a_new_domain_is_201_with_its_location(self, api):
        answer = api.post(DOMAINS, {"mail_host": "example.com"}, status=201)
        assert answer.headers["Location"] == f"{BASE}/domains/example.com"
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.body == b""

    def test_all_its_attributes_are_kept(self, api):
        given = {
            "mail_host": "example.com",
            "description": "Ours",
            "alias_domain": "x.example.com",
            "base_url": "https://lists.example.com/",
        }
        api.post(DOMAINS, given, status=201)
        answer = api.get(PATH).json
        del answer["http_etag"]
        assert answer == {**given, "self_link": f"{BASE}/domains/example.com"}

    def test_unset_attributes_are_null(self, api):
        api.post(DOMAINS, {"mail_host": "example.com"})
        answer = api.get(PATH).json
        assert [answer[n] for n in ("description", "alias_domain", "base_url")] == [None] * 3

    def test_a_second_one_is_400(self, api, example):
        for name in ("example.com", "EXAMPLE.com"):
            answer = api.post(DOMAINS, {"mail_host": name}, status=400)
            assert answer.json["description"] == f"Duplicate email host: {name}"

    @pytest.mark.parametrize("name", ["", "a b", "-x.com", "a/b", "exa\nmple.com"])
    def test_what_is_no_host_name_is_400(self, api, name):
        api.post(DOMAINS, {"mail_host": name}, status=400)

    def test_owners_become_users(self, api):
        owners = ["anne@example.com", "bart@example.com", "anne@example.com"]
        api.post(DOMAINS, {"mail_host": "example.com", "owner": owners}, status=201)
        answer = api.get(f"{PATH}/owners").json
        assert answer["total_size"] == 2
        api.get("/3.1/users/bart@example.com", status=200)

    def test_a_bad_owner_stops_everything(self, api):
        owners = ["anne@example.com", "nobody"]
        answer = api.post(DOMAINS, {"mail_host": "a.example.com", "owner": owners}, status=400)
        assert answer.json["description"] == "Invalid email address: nobody"
        api.get("/3.1/users/anne@example.com", status=404)


class TestChanging:
    def test_patch_changes_what_is_given(self, api, example):
        api.patch(PATH, {"alias_domain": "Alias.example.com"}, status=204)
        answer = api.get(PATH).json
        assert answer["alias_domain"] == "alias.example.com"
        assert answer["description"] == "Example, Inc."

    def test_a_blank_alias_is_no_alias_and_stays_blank(self, api, example):
        api.patch(PATH, {"alias_domain": "x.example.net"}, status=204)
        api.patch(PATH, {"alias_domain": ""}, status=204)
        assert api.get(PATH).json["alias_domain"] == ""
        api.delete(PATH, status=204)

    def test_patch_without_anything_is_204(self, api, example):
        assert api.patch(PATH, status=204).body == b""

    def test_put_needs_everything(self, api, example):
        answer = api.put(PATH, {"description": "New"}, status=400)
        assert answer.json["description"] == "Missing Parameter: alias_domain, base_url, owner"
        everything = {
            "description": "New",
            "alias_domain": "x.example.com",
            "base_url": "http://x/",
            "owner": "",
        }
        api.put(PATH, everything, status=204)
        assert api.get(PATH).json["description"] == "New"

    def test_the_host_cannot_be_changed(self, api, example):
        answer = api.patch(PATH, {"mail_host": "x.com"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: mail_host"

    def test_an_unknown_domain_is_404(self, api):
        api.patch(PATH, status=404)
        api.put(PATH, status=404)
        api.delete(PATH, status=404)


class TestDeleting:
    def test_a_deleted_domain_takes_its_lists_along(self, api, ant):
        api.delete(PATH, status=204)
        api.get(PATH, status=404)
        api.get(f"/3.1/lists/{ant}", status=404)


class TestOwners:
    def test_owners_are_added_in_order_and_once(self, api, example):
        api.post(f"{PATH}/owners", {"owner": ["bart@example.com", "anne@example.com"]}, status=204)
        api.post(f"{PATH}/owners", {"owner": "bart@example.com"}, status=204)
        api.patch(PATH, {"owner": "cris@example.com"}, status=204)
        entries = api.get(f"{PATH}/owners").json["entries"]
        addresses = [
            api.get(f"/3.1/users/{entry['user_id']}/addresses").json["entries"][0]["email"]
            for entry in entries
        ]
        assert addresses == ["bart@example.com", "anne@example.com", "cris@example.com"]
        assert api.get(f"{PATH}/owners?count=1&page=2").json["entries"] == entries[1:2]

    def test_a_blank_adds_nobody(self, api, example):
        api.post(f"{PATH}/owners", {"owner": ""}, status=204)
        assert api.get(f"{PATH}/owners").json["total_size"] == 0

    def test_delete_removes_all(self, api, example):
        api.post(f"{PATH}/owners", {"owner": "anne@example.com"})
        answer = api.delete(f"{PATH}/owners?owner=anne@example.com", status=400)
        assert answer.json["description"] == "Unexpected parameters: owner"
        api.delete(f"{PATH}/owners", status=204)
        assert api.get(f"{PATH}/owners").json["total_size"] == 0

    def test_a_bad_address_adds_nobody(self, api, example):
        owners = ["anne@example.com", "nobody"]
        answer = api.post(f"{PATH}/owners", {"owner": owners}, status=400)
        assert answer.json["description"] == "Invalid email address: nobody"
        assert api.get(f"{PATH}/owners").json["total_size"] == 0
        assert api.get("/3.1/users").json["total_size"] == 0

    def test_the_same_one_twice_is_one(self, api, example):
        owners = ["anne@example.com", "ANNE@example.com"]
        api.post_json(f"{PATH}/owners", {"owner": owners}, status=204)
        [owner] = api.get(f"{PATH}/owners").json["entries"]
        # Who owns a domain has not said a password, nor shown that mail arrives.
        assert not {"password", "display_name"} & owner.keys()
        assert "verified_on" not in api.get("/3.1/addresses/anne@example.com").json
        [owner] = api.get("/3.0/domains/example.com/owners").json["entries"]
        assert isinstance(owner["user_id"], int)

    def test_an_existing_address_brings_its_user(self, api, example):
        api.post("/3.1/users", {"email": "anne@example.com"}, status=201)
        api.post(f"{PATH}/owners", {"owner": "anne@example.com"}, status=204)
        [owner] = api.get(f"{PATH}/owners").json["entries"]
        assert owner["self_link"] == api.get("/3.1/users/anne@example.com").json["self_link"]

    def test_owners_without_address_can_be_removed(self, api, example):
        api.post(f"{PATH}/owners", {"owner": "anne@example.com"})
        api.delete("/3.1/addresses/anne@example.com", status=204)
        assert api.get(f"{PATH}/owners").json["total_size"] == 1
        api.delete(f"{PATH}/owners", status=204)
        assert api.get(f"{PATH}/owners").json["total_size"] == 0

    def test_what_is_wrong(self, api, example):
        answer = api.post(f"{PATH}/owners", status=400)
        assert answer.json["description"] == "Missing Parameter: owner"
        answer = api.post(f"{PATH}/owners", {"owner": "a@example.com", "x": ""}, status=400)
        assert answer.json["description"] == "Unexpected parameters: x"
        assert api.put(f"{PATH}/owners", status=405).headers["Allow"] == (
            "DELETE, GET, POST, OPTIONS"
        )

    def test_unknown_domains_and_more_segments_are_404(self, api, example):
        for path in (f"{DOMAINS}/example.net/owners", f"{PATH}/owners/anne@example.com"):
            for method in (api.get, api.post, api.delete):
                answer = method(path, status=404)
                assert answer.headers["Content-Type"] == "application/json"


class TestLists:
    def test_only_the_lists_of_the_domain(self, api, ant):
        api.post(DOMAINS, {"mail_host": "example.net"})
        for name in ("bee@example.net", "aardvark@example.com"):
            api.post("/3.1/lists", {"fqdn_listname": name}, status=201)
        entries = api.get(f"{PATH}/lists").json["entries"]
        assert [entry["list_id"] for entry in entries] == ["aardvark.example.com", ant]
        page = api.get(f"{PATH}/lists?count=1&page=2").json
        assert page["total_size"] == 2
        assert [entry["list_id"] for entry in page["entries"]] == [ant]

    def test_a_page_loads_no_other_lists(self, database, session, site, mlist):
        for name in ("aardvark", "bee"):
            site.lists.add(f"{name}@example.com")
        session.commit()
        session.close()
        connection = database.db.open()
        connection.cacheMinimize()
        lists = connection.root()["mmcore"].lists
        assert lists.count_of_host("example.com") == 3
        assert lists.count_of_host("example.net") == 0
        assert [each.list_id for each in lists.of_host("example.com", 1, 1)] == ["bee.example.com"]
        assert lists.of_host("example.net", 1, 1) == []
        # None is the state of an object that is not loaded.
        assert [each._p_changed for each in lists.values()] == [None, False, None]
        connection.close()

    def test_advertised_is_a_filter(self, api, ant):
        api.patch(f"/3.1/lists/{ant}/config", {"advertised": "no"}, status=204)
        assert api.get(f"{PATH}/lists?advertised=true").json["total_size"] == 0
        assert api.get(f"{PATH}/lists?advertised=false").json["total_size"] == 1
