"""`/lists` (rest-api section 5)."""

from __future__ import annotations

import pytest

from tests.resources.conftest import BASE

LISTS = "/3.1/lists"


def ids(answer) -> list[str]:
    return [entry["list_id"] for entry in answer.json.get("entries", ())]


class TestCreating:
    def test_a_new_list_is_201_with_its_location(self, api):
        api.post("/3.1/domains", {"mail_host": "example.com"})
        answer = api.post(LISTS, {"fqdn_listname": "Ant@example.com"}, status=201)
        assert answer.headers["Location"] == f"{BASE}/lists/ant.example.com"
        assert answer.body == b""

    def test_its_style_is_applied(self, api, ant):
        for style in ("legacy-announce", "private-default"):
            given = {"fqdn_listname": f"{style}@example.com", "style_name": style}
            api.post(LISTS, given, status=201)
        announce = api.get(f"{LISTS}/legacy-announce.example.com/config").json
        private = api.get(f"{LISTS}/private-default.example.com/config").json
        assert announce["allow_list_posts"] is False
        assert private["advertised"] is False
        assert private["subscription_policy"] == "confirm_then_moderate"

    @pytest.mark.parametrize(
        ("name", "description"),
        [
            ("ant", "Invalid list posting address: ant"),
            ("ant@", "Invalid list posting address: ant@"),
            ("a nt@example.com", "Invalid list posting address: a nt@example.com"),
            ("a/b@example.com", "Invalid list name: a/b"),
            ("a+b@example.com", "Invalid list name: a+b"),
            ("ant@example.org", "Domain does not exist: example.org"),
            # Postorius looks for exactly this.
            ("ant@example.com", "Mailing list exists"),
            ("ANT@example.com", "Mailing list exists"),
        ],
    )
    def test_what_cannot_be_is_400(self, api, ant, name, description):
        answer = api.post(LISTS, {"fqdn_listname": name}, status=400)
        assert answer.json["description"] == description

    @pytest.mark.parametrize("style", ["", "nonesuch"])
    def test_an_unknown_style_is_400(self, api, ant, style):
        given = {"fqdn_listname": "bee@example.com", "style_name": style}
        api.post(LISTS, given, status=400)
        api.get(f"{LISTS}/bee.example.com", status=404)

    def test_the_address_is_needed(self, api):
        answer = api.post(LISTS, {"style_name": "legacy-default"}, status=400)
        assert answer.json["description"] == "Missing Parameter: fqdn_listname"


class TestOne:
    def test_the_whole_object(self, api, subscribe, ant):
        subscribe("anne@example.com")
        answer = api.get(f"{LISTS}/{ant}").json
        del answer["http_etag"]
        assert answer == {
            "advertised": True,
            "display_name": "Ant",
            "fqdn_listname": "ant@example.com",
            "list_id": "ant.example.com",
            "list_name": "ant",
            "mail_host": "example.com",
            "member_count": 1,
            "volume": 1,
            "description": "",
            "self_link": f"{BASE}/lists/ant.example.com",
        }

    @pytest.mark.parametrize("spec", ["ant@example.com", "ant%40example.com", "ant.example.com"])
    def test_both_identifiers_work_everywhere(self, api, ant, spec):
        assert api.get(f"{LISTS}/{spec}").json["list_id"] == ant
        api.get(f"{LISTS}/{spec}/config", status=200)
        api.get(f"{LISTS}/{spec}/roster/owner", status=200)

    def test_a_deleted_list_is_gone_with_its_members(self, api, subscribe, ant):
        path = subscribe("anne@example.com")
        api.delete(f"{LISTS}/{ant}", status=204)
        api.get(f"{LISTS}/{ant}", status=404)
        api.delete(f"{LISTS}/{ant}", status=404)
        api.get(path, status=404)
        api.get("/3.1/addresses/anne@example.com", status=200)

    def test_the_letter_case_of_the_url_counts(self, api, ant):
        for spec in ("ANT@example.com", "ant@Example.com", "Ant.example.com"):
            api.get(f"{LISTS}/{spec}", status=404)
            api.get(f"{LISTS}/{spec}/config", status=404)
        api.get(f"{LISTS}/ant@example.com", status=200)

    def test_links_of_the_older_api_stay_there(self, api, ant):
        link = api.get(f"/3.0/lists/{ant}").json["self_link"]
        assert link == "http://localhost:8001/3.0/lists/ant.example.com"


class TestCollection:
    def test_lists_are_sorted_by_list_id(self, api, ant):
        for name in ("bee", "aphid"):
            api.post(LISTS, {"fqdn_listname": f"{name}@example.com"})
        answer = api.get(LISTS)
        assert ids(answer) == ["ant.example.com", "aphid.example.com", "bee.example.com"]
        assert ids(api.get(f"{LISTS}?count=1&page=2")) == ["aphid.example.com"]

    @pytest.mark.parametrize(
        ("query", "total"),
        [
            ("advertised=true", 1),
            ("advertised", 1),
            ("advertised=1", 1),
            ("advertised=false", 2),
            ("advertised=no", 2),
            ("advertised=no&advertised=yes", 1),
            ("unknown=x", 2),
        ],
    )
    def test_advertised_is_a_filter(self, api, ant, query, total):
        api.post(LISTS, {"fqdn_listname": "bee@example.com"})
        api.patch(f"{LISTS}/bee.example.com/config", {"advertised": "False"})
        answer = api.get(f"{LISTS}?{query}")
        assert answer.json["total_size"] == total
        assert len(ids(answer)) == total

    def test_a_filter_that_is_no_truth_value_is_400(self, api, ant):
        answer = api.get(f"{LISTS}?advertised=maybe", status=400)
        assert answer.json["title"] == "Invalid parameter"


class TestStyles:
    def test_styles_are_named_and_described(self, api):
        answer = api.get(f"{LISTS}/styles").json
        names = ["legacy-announce", "legacy-default", "private-default"]
        assert answer["style_names"] == names
        assert [style["name"] for style in answer["styles"]] == names
        assert all(style["description"] for style in answer["styles"])
        assert answer["default"] == "legacy-default"


class TestFinding:
    @pytest.fixture
    def lists_of_anne(self, api, subscribe, ant):
        api.post(LISTS, {"fqdn_listname": "bee@example.com"})
        subscribe("anne@example.com")
        subscribe("anne@example.com", role="owner")
        subscribe("anne@example.com", list_id="bee.example.com", role="nonmember")

    def test_every_list_comes_once(self, api, lists_of_anne):
        for answer in (
            api.get(f"{LISTS}/find?subscriber=Anne@example.com"),
            api.post(f"{LISTS}/find", {"subscriber": "anne@example.com"}),
            api.get(f"{LISTS}/find?subscriber=ann*@example.com"),
        ):
            assert ids(answer) == ["ant.example.com"]
            assert answer.json["total_size"] == 1

    def test_by_role(self, api, lists_of_anne):
        path = f"{LISTS}/find?subscriber=anne@example.com&role="
        assert ids(api.get(path + "owner")) == ["ant.example.com"]
        assert ids(api.get(path + "nonmember")) == ["bee.example.com"]
        api.get(path + "moderator", status=404)
        api.get(path + "nobody", status=400)

    def test_by_user_id(self, api, lists_of_anne):
        user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
        assert ids(api.get(f"{LISTS}/find?subscriber={user_id}")) == ["ant.example.com"]

    @pytest.mark.parametrize("subscriber", ["", "anne", "*", "anne@*", "a@b", "7"])
    def test_who_is_neither_address_nor_id_is_refused(self, api, subscriber):
        answer = api.get(f"{LISTS}/find", {"subscriber": subscriber}, status=400)
        assert answer.json["description"] == 'Invalid Parameter "subscriber": .'

    def test_nothing_found_is_404(self, api, lists_of_anne):
        answer = api.get(f"{LISTS}/find?subscriber=nobody@example.com", status=404)
        assert answer.json == {"title": "404 Not Found", "description": "404 Not Found"}

    def test_bad_parameters_are_400(self, api):
        api.get(f"{LISTS}/find", status=400)
        api.get(f"{LISTS}/find?subscriber=x&nope=1", status=400)
