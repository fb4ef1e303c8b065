"""`uris`, `domains/{mail_host}/uris`, `lists/{list}/uris` (rest-api section 11)."""

from __future__ import annotations

import pytest

from mmcore.interfaces.template import (
    LIST_TEMPLATE_NAMES,
    NEWER_TEMPLATE_NAMES,
    TEMPLATE_NAMES,
)
from tests.resources.conftest import BASE

WELCOME = "list:user:notice:welcome"
GOODBYE = "list:user:notice:goodbye"
NEW_LIST = "domain:admin:notice:new-list"
PAIRS = "Specify both username and password, or neither"

LEVELS = {
    "site": "uris",
    "domain": "domains/example.com/uris",
    "list": "lists/ant.example.com/uris",
}


@pytest.fixture(params=LEVELS)
def level(request, ant) -> str:
    return request.param


@pytest.fixture
def uris(level) -> str:
    """The path of the collection of each level."""
    return f"/3.1/{LEVELS[level]}"


@pytest.fixture
def link(level) -> str:
    """Its link."""
    return f"{BASE}/{LEVELS[level]}"


@pytest.fixture
def names(level) -> tuple[str, ...]:
    """The names that can be set there."""
    return LIST_TEMPLATE_NAMES if level == "list" else TEMPLATE_NAMES


def entries(api, uris) -> dict[str, dict]:
    return {entry["name"]: entry for entry in api.get(uris).json.get("entries", ())}


class TestCollection:
    def test_at_first_there_are_none(self, api, uris, link):
        answer = api.get(uris).json
        assert answer.pop("http_etag")
        assert answer == {"start": 0, "total_size": 0, "self_link": link}

    def test_what_is_set_is_shown_by_name(self, api, uris, link):
        api.patch(uris, {WELCOME: "http://example.com/w", GOODBYE: "not a uri"}, status=204)
        answer = api.get(uris).json
        assert answer["total_size"] == 2
        for entry in answer["entries"]:
            assert entry.pop("http_etag")
        assert answer["entries"] == [
            {"name": GOODBYE, "uri": "not a uri", "self_link": f"{link}/{GOODBYE}"},
            {"name": WELCOME, "uri": "http://example.com/w", "self_link": f"{link}/{WELCOME}"},
        ]

    def test_it_comes_in_pages(self, api, uris):
        api.patch(uris, {WELCOME: "w:", GOODBYE: "g:"})
        answer = api.get(f"{uris}?count=1&page=2").json
        assert (answer["start"], answer["total_size"]) == (1, 2)
        assert [entry["name"] for entry in answer["entries"]] == [WELCOME]

    def test_it_takes_json(self, api, uris):
        api.patch_json(uris, {WELCOME: "w:", "username": "anne", "password": "secret"}, status=204)
        assert entries(api, uris)[WELCOME]["username"] == "anne"
        api.patch_json(uris, {WELCOME: ""}, status=204)
        assert entries(api, uris) == {}

    @pytest.mark.parametrize("name", TEMPLATE_NAMES)
    def test_every_name_of_the_level_can_be_set(self, api, uris, names, name):
        if name in names:
            api.patch(uris, {name: "x:"}, status=204)
            assert set(entries(api, uris)) == {name}
        else:
            answer = api.patch(uris, {name: "x:"}, status=400)
            assert answer.json["description"] == f"Unexpected parameters: {name}"

    def test_patch_leaves_others_alone(self, api, uris):
        api.patch(uris, {WELCOME: "w:"})
        api.patch(uris, {GOODBYE: "g:"})
        api.patch(uris, status=204)
        assert set(entries(api, uris)) == {GOODBYE, WELCOME}

    def test_a_blank_one_is_removed(self, api, uris):
        api.patch(uris, {WELCOME: "w:", GOODBYE: "g:"})
        api.patch(uris, {WELCOME: "", "list:user:notice:post": ""}, status=204)
        assert set(entries(api, uris)) == {GOODBYE}

    def test_put_wants_them_all(self, api, uris, names):
        answer = api.put(uris, {WELCOME: "w:"}, status=400)
        missing = sorted(set(names) - NEWER_TEMPLATE_NAMES - {WELCOME})
        assert answer.json["description"] == f"Missing Parameter: {', '.join(missing)}"
        api.patch(uris, {GOODBYE: "g:"})
        api.put(uris, dict.fromkeys(names, "") | {WELCOME: "w:"}, status=204)
        assert set(entries(api, uris)) == {WELCOME}
        api.put_json(uris, dict.fromkeys(names, "x:"), status=204)
        assert set(entries(api, uris)) == set(names)

    def test_put_leaves_alone_what_clients_may_not_know(self, api, uris, names):
        storm = "list:admin:notice:storm"
        api.patch(uris, {storm: "s:"}, status=204)
        api.put(uris, dict.fromkeys(set(names) - NEWER_TEMPLATE_NAMES, ""), status=204)
        assert set(entries(api, uris)) == {storm}

    def test_put_takes_credentials(self, api, uris, names):
        given = dict.fromkeys(names, "x:")
        api.put(uris, {**given, "username": "anne", "password": "secret"}, status=204)
        assert {entry["password"] for entry in entries(api, uris).values()} == {"secret"}
        answer = api.put(uris, {**given, "username": "anne"}, status=400)
        assert answer.json["description"] == PAIRS

    def test_delete_removes_all(self, api, uris):
        api.patch(uris, {WELCOME: "w:", GOODBYE: "g:"})
        api.delete(uris, status=204)
        assert entries(api, uris) == {}
        api.delete(uris, status=204)

    def test_unknown_names_are_refused(self, api, uris):
        for method in (api.patch, api.put):
            answer = method(uris, {"colour": "red", WELCOME: "w:"}, status=400)
            assert answer.json["description"] == "Unexpected parameters: colour"
        assert entries(api, uris) == {}

    def test_one_that_is_given_twice_is_refused(self, api, uris):
        api.patch(uris, [(WELCOME, "a:"), (WELCOME, "b:")], status=400)
        api.patch_json(uris, {WELCOME: None}, status=400)

    def test_methods(self, api, uris):
        allowed = "DELETE, GET, PATCH, PUT"
        assert api.options(uris).headers["Allow"] == allowed
        assert api.options(f"{uris}/{WELCOME}").headers["Allow"] == allowed
        assert api.post(uris, {}, status=405).headers["Allow"] == f"{allowed}, OPTIONS"
        api.post(f"{uris}/{WELCOME}", {}, status=405)


class TestCredentials:
    def test_they_are_for_all_that_are_set_with_them(self, api, uris):
        given = {WELCOME: "w:", GOODBYE: "g:", "username": "anne", "password": "secret"}
        api.patch(uris, given, status=204)
        api.patch(uris, {"list:user:notice:post": "p:"}, status=204)
        found = entries(api, uris)
        for name in (WELCOME, GOODBYE):
            assert (found[name]["username"], found[name]["password"]) == ("anne", "secret")
        assert not {"username", "password"} & found["list:user:notice:post"].keys()

    def test_setting_without_them_forgets_them(self, api, uris):
        api.patch(uris, {WELCOME: "w:", "username": "anne", "password": "secret"})
        api.patch(uris, {WELCOME: "w:"}, status=204)
        assert "username" not in entries(api, uris)[WELCOME]

    @pytest.mark.parametrize(
        "given",
        [{"username": "anne"}, {"password": "x"}, {"username": "anne", "password": ""}],
    )
    def test_one_alone_is_refused(self, api, uris, given):
        for path in (uris, f"{uris}/{WELCOME}"):
            for method in (api.patch, api.patch_json):
                for template in ({}, {WELCOME: "w:"}):
                    answer = method(path, {**given, **template}, status=400)
                    assert answer.json["description"] == PAIRS
        assert entries(api, uris) == {}

    def test_two_blank_ones_are_none(self, api, uris):
        api.patch(uris, {WELCOME: "w:", "username": "", "password": ""}, status=204)
        assert "username" not in entries(api, uris)[WELCOME]


class TestItem:
    @pytest.fixture
    def item(self, uris) -> str:
        return f"{uris}/{WELCOME}"

    def test_it_is_the_uri_alone(self, api, uris, link, item):
        answer = api.get(item, status=404)
        assert answer.json["description"] == "404 Not Found"
        assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
        api.patch(uris, {WELCOME: "w:", "username": "anne", "password": "secret"})
        answer = api.get(item).json
        assert answer.pop("http_etag")
        assert answer == {"uri": "w:", "self_link": f"{link}/{WELCOME}"}

    def test_colons_may_be_encoded(self, api, uris, item):
        api.put(item, {WELCOME: "w:"})
        assert api.get(item.replace(":", "%3A")).json["uri"] == "w:"

    @pytest.mark.parametrize("method", ["patch", "put", "patch_json", "put_json"])
    def test_it_is_set_by_its_own_name(self, api, uris, item, method):
        call = getattr(api, method)
        call(item, {WELCOME: "w:", "username": "anne", "password": "secret"}, status=204)
        assert entries(api, uris)[WELCOME]["password"] == "secret"
        call(item, {WELCOME: ""}, status=204)
        api.get(item, status=404)

    def test_patch_needs_nothing_and_put_its_name(self, api, item):
        api.put(item, {WELCOME: "w:"})
        api.patch(item, status=204)
        api.patch(item, {"username": "anne", "password": "secret"}, status=204)
        assert api.get(item).json["uri"] == "w:"
        answer = api.put(item, status=400)
        assert answer.json["description"] == f"Missing Parameter: {WELCOME}"

    def test_other_names_are_refused(self, api, item):
        for method in (api.patch, api.put):
            answer = method(item, {WELCOME: "w:", GOODBYE: "g:"}, status=400)
            assert answer.json["description"] == f"Unexpected parameters: {GOODBYE}"

    def test_delete_is_204_also_if_it_is_not_set(self, api, uris, item):
        api.patch(uris, {WELCOME: "w:", GOODBYE: "g:"})
        for _ in range(2):
            api.delete(item, status=204)
        assert set(entries(api, uris)) == {GOODBYE}

    @pytest.mark.parametrize("name", ["nope", "", "list:member:generic:footer", "footer_uri"])
    def test_names_that_do_not_exist_are_not_found(self, api, uris, name):
        for method in (api.get, api.patch, api.put, api.delete):
            answer = method(f"{uris}/{name}", status=404)
            assert answer.headers["Content-Type"] == "application/json"

    def test_the_name_of_domains_is_not_for_lists(self, api, uris, level):
        status = 404 if level == "list" else 204
        api.put(f"{uris}/{NEW_LIST}", {NEW_LIST: "n:"}, status=status)

    def test_nothing_lies_below(self, api, item):
        answer = api.get(f"{item}/more", status=400)
        assert answer.headers["Content-Type"] == "application/json"


class TestWhere:
    def test_the_older_api_has_none(self, api, ant):
        for path in LEVELS.values():
            answer = api.get(f"/3.0/{path}", status=404)
            assert answer.headers["Content-Type"] == "application/json"
            api.patch(f"/3.0/{path}", {WELCOME: "w:"}, status=404)
            api.get(f"/3.0/{path}/{WELCOME}", status=404)

    def test_unknown_parents_are_not_found(self, api, ant):
        for path in ("domains/nope.example.com/uris", "lists/nope.example.com/uris"):
            for below in ("", f"/{WELCOME}"):
                answer = api.get(f"/3.1/{path}{below}", status=404)
                assert answer.headers["Content-Type"] == "application/json"

    def test_a_list_may_be_named_by_its_address(self, api, ant):
        api.patch("/3.1/lists/ant@example.com/uris", {WELCOME: "w:"}, status=204)
        answer = api.get("/3.1/lists/ant@example.com/uris").json
        assert answer["self_link"] == f"{BASE}/lists/ant.example.com/uris"
        assert answer["entries"][0]["self_link"].startswith(answer["self_link"])

    def test_levels_know_nothing_of_each_other(self, api, ant):
        for name, path in LEVELS.items():
            api.patch(f"/3.1/{path}", {WELCOME: f"{name}:"})
        for name, path in LEVELS.items():
            assert api.get(f"/3.1/{path}/{WELCOME}").json["uri"] == f"{name}:"


class TestRemoval:
    def test_those_of_a_list_go_with_it(self, api, ant):
        api.patch(f"/3.1/{LEVELS['list']}", {WELCOME: "w:"})
        api.delete(f"/3.1/lists/{ant}", status=204)
        api.get(f"/3.1/{LEVELS['list']}", status=404)
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"})
        assert entries(api, f"/3.1/{LEVELS['list']}") == {}

    def test_those_of_a_domain_go_with_it(self, api, ant):
        for name in ("domain", "list", "site"):
            api.patch(f"/3.1/{LEVELS[name]}", {WELCOME: "w:"})
        api.delete("/3.1/domains/example.com", status=204)
        api.post("/3.1/domains", {"mail_host": "example.com"})
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"})
        assert entries(api, f"/3.1/{LEVELS['domain']}") == {}
        assert entries(api, f"/3.1/{LEVELS['list']}") == {}
        assert set(entries(api, "/3.1/uris")) == {WELCOME}
