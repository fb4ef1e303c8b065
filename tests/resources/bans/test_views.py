"""`/bans` and `/lists/{list}/bans` (rest-api section 9)."""

from __future__ import annotations

from urllib.parse import quote, quote_plus

import pytest

from tests.resources.conftest import BASE

SITE = "/3.1/bans"
LIST = "/3.1/lists/ant.example.com/bans"
BOTH = pytest.mark.parametrize("path", [SITE, LIST, "/3.1/lists/ant@example.com/bans"])


@pytest.fixture(autouse=True)
def example(ant):
    return ant


def texts(api, path, query=""):
    return [entry["email"] for entry in api.get(path + query).json.get("entries", ())]


class TestCollection:
    @BOTH
    def test_an_empty_one_has_no_entries(self, api, path):
        answer = api.get(path).json
        assert "entries" not in answer
        assert (answer["start"], answer["total_size"]) == (0, 0)

    @BOTH
    def test_in_the_order_of_their_signs_and_by_page(self, api, path):
        for email in ("bart@example.com", "^.*@example.net", "Anne@example.com"):
            api.post(path, {"email": email}, status=201)
        expected = ["Anne@example.com", "^.*@example.net", "bart@example.com"]
        assert texts(api, path) == expected
        page = api.get(f"{path}?count=2&page=2").json
        assert (page["start"], page["total_size"]) == (2, 3)
        assert [entry["email"] for entry in page["entries"]] == expected[2:]
        assert texts(api, path, "?count=2&page=3") == []

    def test_each_scope_shows_its_own(self, api):
        api.post(SITE, {"email": "anne@example.com"}, status=201)
        api.post(LIST, {"email": "bart@example.com"}, status=201)
        (entry,) = api.get(SITE).json["entries"]
        assert entry.pop("http_etag")
        link = f"{BASE}/bans/anne@example.com"
        assert entry == {"email": "anne@example.com", "self_link": link}
        (entry,) = api.get(LIST).json["entries"]
        assert entry.pop("http_etag")
        assert entry == {
            "email": "bart@example.com",
            "list_id": "ant.example.com",
            "self_link": f"{BASE}/lists/ant.example.com/bans/bart@example.com",
        }

    def test_links_have_the_version_of_the_request(self, api):
        answer = api.post("/3.0/bans", {"email": "anne@example.com"}, status=201)
        assert answer.headers["Location"] == "http://localhost:8001/3.0/bans/anne@example.com"

    def test_unknown_parameters_of_a_get_do_not_matter(self, api):
        api.get(f"{SITE}?colour=red", status=200)

    @BOTH
    def test_methods(self, api, path):
        for method in (api.put, api.patch, api.delete):
            assert method(path, status=405).headers["Allow"] == "GET, POST, OPTIONS"
        assert api.options(path).headers["Allow"] == "GET, POST"

    def test_an_unknown_list_is_404(self, api):
        for path in ("/3.1/lists/bee.example.com/bans", "/3.1/lists/bee.example.com/bans/a@b.c"):
            assert api.get(path, status=404).content_type == "application/json"
            api.post(path, {"email": "anne@example.com"}, status=404)


class TestBanning:
    @BOTH
    @pytest.mark.parametrize("form", [True, False])
    def test_an_address_or_a_pattern(self, api, path, form):
        post = api.post if form else api.post_json
        scope = BASE + LIST.removeprefix("/3.1") if "lists" in path else f"{BASE}/bans"
        answer = post(path, {"email": "Anne+x@example.com"}, status=201)
        assert answer.headers["Location"] == f"{scope}/Anne+x@example.com"
        assert answer.body == b""
        answer = post(path, {"email": "^.*@example.net"}, status=201)
        assert answer.headers["Location"] == f"{scope}/%5E.%2A%40example.net"

    @BOTH
    def test_what_is_banned_already_is_400(self, api, path):
        api.post(path, {"email": "^.*@example.net"}, status=201)
        api.post(path, {"email": "bart@example.com"}, status=201)
        for email in ("^.*@example.net", "anne@EXAMPLE.net", "Bart@example.com"):
            answer = api.post(path, {"email": email}, status=400)
            assert answer.json["description"] == "Address is already banned"

    def test_a_ban_of_the_site_makes_that_of_a_list_needless(self, api):
        api.post(LIST, {"email": "bart@example.com"}, status=201)
        api.post(SITE, {"email": "bart@example.com"}, status=201)
        api.post(SITE, {"email": "anne@example.com"}, status=201)
        api.post(LIST, {"email": "anne@example.com"}, status=400)

    @pytest.mark.parametrize("email", ["nobody", "a b@example.com", "^(", "^[z-a]", "@", "a@b"])
    def test_anything_else_is_400(self, api, email):
        for path in (SITE, LIST):
            answer = api.post(path, {"email": email}, status=400)
            assert answer.json["description"] == (
                'Invalid Parameter "email": '
                f"Expected a valid email address or regular expression, got {email}."
            )

    def test_a_blank_is_called_empty(self, api):
        answer = api.post(SITE, {"email": ""}, status=400)
        assert answer.json["description"].endswith("regular expression, got empty.")

    def test_one_at_a_time(self, api):
        api.post(SITE, [("email", "a@example.com"), ("email", "b@example.com")], status=400)
        for value in (None, 5, True, ["a@example.com"], {}, "^\ud800"):
            api.post_json(SITE, {"email": value}, status=400)
        assert texts(api, SITE) == []

    def test_missing_and_unknown_parameters(self, api):
        answer = api.post(SITE, status=400)
        assert answer.json["description"] == "Missing Parameter: email"
        answer = api.post(SITE, {"email": "anne@example.com", "colour": "red"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: colour"


class TestAsking:
    def test_who_is_banned_by_whatever_is_found_under_the_text_asked_for(self, api):
        api.post(SITE, {"email": "^.*@example.net"}, status=201)
        answer = api.get(f"{LIST}/Anne@Example.net").json
        assert answer.pop("http_etag")
        assert answer == {
            "email": "Anne@Example.net",
            "list_id": "ant.example.com",
            "self_link": f"{BASE}/lists/ant.example.com/bans/Anne@Example.net",
        }
        assert "list_id" not in api.get(f"{SITE}/anne@example.net").json

    @BOTH
    def test_who_is_not_is_404(self, api, path):
        answer = api.get(f"{path}/anne@example.com", status=404)
        assert answer.json == {
            "title": "404 Not Found",
            "description": "Email is not banned: anne@example.com",
        }
        assert answer.content_type == "application/json"
        assert answer.charset == "UTF-8"

    def test_a_list_does_not_ban_from_the_site(self, api):
        api.post(LIST, {"email": "anne@example.com"}, status=201)
        api.get(f"{SITE}/anne@example.com", status=404)

    @BOTH
    def test_methods(self, api, path):
        for method in (api.put, api.patch, api.post):
            answer = method(f"{path}/anne@example.com", status=405)
            assert answer.headers["Allow"] == "DELETE, GET, OPTIONS"

    @BOTH
    def test_nothing_lies_below_an_address(self, api, path):
        api.post(path, {"email": "anne@example.com"}, status=201)
        answer = api.get(f"{path}/anne@example.com/x", status=404)
        assert answer.json["description"] == "404 Not Found"
        api.get(f"{path}/", status=404)

    @BOTH
    def test_the_way_clients_quote_addresses(self, api, path):
        api.post(path, {"email": "anne+x@example.com"}, status=201)
        api.get(f"{path}/{quote_plus('anne+x@example.com')}", status=200)


class TestLifting:
    @BOTH
    @pytest.mark.parametrize(
        "email",
        [
            "anne@example.com", "a/b@example.com", "x?y#z%25@example.com",
            "^.*@example.net", "^a/b/c", "^a//b", "^/", "^a b+c", "^é\\d{2,}|[?#%&]$", "^a%2Fb",
        ],
    )  # fmt: skip
    def test_every_link_leads_back(self, api, path, email):
        answer = api.post(path, {"email": email}, status=201)
        link = answer.headers["Location"].removeprefix("http://localhost:8001")
        (entry,) = api.get(path).json["entries"]
        assert entry["self_link"].endswith(link)
        assert api.get(link).json["email"] == email
        assert api.get(f"{path}/{quote(email, safe='')}").json["email"] == email
        api.delete(link, status=204)
        api.get(link, status=404)
        assert texts(api, path) == []

    @BOTH
    @pytest.mark.parametrize("email", ["a/b@example.com", "^a/b/c", "^a//b/", "^/"])
    def test_servers_that_have_decoded_slashes_lead_back_too(self, api, path, email):
        decoded = {"REQUEST_URI": ""}
        api.post(path, {"email": email}, status=201)
        url = f"{path}/{quote(email, safe='')}"
        assert api.get(url, extra_environ=decoded).json["email"] == email
        api.delete(url, extra_environ=decoded, status=204)
        assert texts(api, path) == []

    @BOTH
    def test_addresses_in_any_case(self, api, path):
        api.post(path, {"email": "Anne@example.com"}, status=201)
        api.delete(f"{path}/aNNE@example.com", status=204)
        assert texts(api, path) == []

    def test_what_is_matched_but_no_entry_is_404(self, api):
        api.post(SITE, {"email": "^.*@example.net"}, status=201)
        api.post(LIST, {"email": "bart@example.com"}, status=201)
        for path in (f"{SITE}/anne@example.net", f"{LIST}/anne@example.net"):
            answer = api.delete(path, status=404)
            assert answer.json["description"] == "Email is not banned: anne@example.net"
        api.delete(f"{LIST}/%5E.%2A%40example.net", status=404)
        api.delete(f"{SITE}/bart@example.com", status=404)
        assert texts(api, SITE) == ["^.*@example.net"]
        assert texts(api, LIST) == ["bart@example.com"]


class TestEffects:
    @pytest.mark.parametrize("path", [SITE, LIST])
    @pytest.mark.parametrize("email", ["Anne@Example.com", "^ANNE"])
    def test_who_is_banned_cannot_subscribe(self, api, ant, path, email):
        api.post(path, {"email": email}, status=201)
        given = {"list_id": ant, "subscriber": "anne@example.com"}
        answer = api.post("/3.1/members", given, status=400)
        assert answer.json["description"] == "Membership is banned"

    def test_members_stay(self, api, subscribe):
        member = subscribe("anne@example.com")
        api.post(LIST, {"email": "anne@example.com"}, status=201)
        api.get(member, status=200)

    def test_they_go_with_their_list(self, api, ant):
        api.post(LIST, {"email": "anne@example.com"}, status=201)
        api.delete(f"/3.1/lists/{ant}", status=204)
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
        assert texts(api, LIST) == []

    def test_a_pattern_that_would_take_for_ever_stops_nobody(self, api):
        api.post(SITE, {"email": "^(a+)+$"}, status=201)
        api.get(f"{LIST}/{'a' * 60}@example.com", status=404)
        api.post(SITE, {"email": "^(a+)+$"}, status=400)
        api.delete(f"{SITE}/{quote('^(a+)+$', safe='')}", status=204)
