"""Every row of the API's resource map, by URL, under both versions."""

from __future__ import annotations

import re

import pytest

from resources.rest import KNOWN_METHODS, METHODS
from tests.resources.conftest import Client
from tests.support.rest_map import ROWS, UNKNOWN

CASES = [
    pytest.param(version, row, id=f"{version}-{row.path}")
    for row in ROWS
    for version in row.versions
]
ABSENT = [
    pytest.param(version, row.path, id=f"{version}-{row.path}")
    for row in ROWS
    for version in ("3.1", "3.0")
    if version not in row.versions
]
#: Every row once for each name in its path, with that name unknown.
MISSING = [
    pytest.param(version, row.path, name, id=f"{version}-{row.path}-{name}")
    for row in ROWS
    for version in row.versions
    for name in re.findall(r"\{(\w+)\}", row.path)
]
#: Names that are no objects: a wrong one is a wrong way, not a missing object.
FIXED = {"template", "role"}


#: What a GET needs beside its URL.
QUERIES = {
    "lists/find": "?subscriber=anne@example.com",
    "lists/{list}/header-matches/find": "?header=x-spam",
    "users/find": "?q=anne",
}


@pytest.fixture
def world(lasting):
    return lasting


@pytest.fixture
def api(world):
    return world.api


@pytest.fixture
def anonymous(world):
    return Client(world.api.app)


class TestMethods:
    @pytest.mark.parametrize(("version", "row"), CASES)
    def test_a_resource_has_its_methods_and_no_others(self, api, world, version, row):
        url = world.url(version, row.path)
        answer = api.options(url, status=200)
        assert answer.headers["Allow"] == row.allow
        assert answer.headers["Content-Length"] == "0"
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.body == b""
        for method in sorted(KNOWN_METHODS - {*row.methods, "OPTIONS"}):
            if method == "HEAD" and "GET" in row.methods:
                continue
            answer = api.request(url, method=method, status=405)
            assert answer.headers["Allow"] == f"{row.allow}, OPTIONS", method
            assert answer.headers["Vary"] == "Accept"
            if method != "HEAD":
                assert answer.json["title"] == "405 Method Not Allowed"

    @pytest.mark.parametrize(("version", "row"), CASES)
    def test_nothing_is_told_without_the_account(self, anonymous, world, version, row):
        url = world.url(version, row.path)
        for method in (*METHODS, "HEAD", "OPTIONS"):
            anonymous.request(url, method=method, status=401)

    @pytest.mark.parametrize(
        ("version", "row"), [case for case in CASES if "GET" in case.values[1].methods]
    )
    def test_what_can_be_read_has_a_tag(self, api, world, version, row):
        url = world.url(version, row.path) + QUERIES.get(row.path, "")
        if row.path.startswith("reserved"):
            api.get(url, status=204 if row.path == "reserved/reset" else 404)
            return
        answer = api.get(url, status=200)
        assert answer.headers["Content-Type"] == "application/json"
        for thing in (answer.json, *answer.json.get("entries", ())):
            assert re.fullmatch('"[0-9a-f]{40}"', thing["http_etag"])
        head = api.head(url, status=200)
        assert head.body == b""
        assert int(head.headers.get("Content-Length", 99)) > 2

    def test_the_version_itself_has_no_methods(self, api):
        for version in ("3.0", "3.1"):
            answer = api.get(f"/{version}", status=405)
            assert answer.headers["Allow"] == "OPTIONS"

    def test_an_unknown_method_is_400(self, api):
        answer = api.request("/3.1/system", method="FROB", status=400)
        assert answer.json == {"title": "Bad request", "description": "Invalid HTTP method"}


class TestMissing:
    @pytest.mark.parametrize(("version", "path"), ABSENT)
    def test_a_resource_of_the_other_version_does_not_exist(self, api, world, version, path):
        answer = api.get(world.url(version, path), status=404)
        assert answer.headers["Vary"] == "Accept"

    @pytest.mark.parametrize(("version", "path", "name"), MISSING)
    def test_what_is_not_there_is_404(self, api, world, version, path, name):
        answer = api.get(world.url(version, path, **{name: UNKNOWN[name]}), status="*")
        if path == "queues/{queue}/{filebase}" and name == "filebase":
            # It cannot be read; whether it is there is found out by the method it has.
            answer = api.delete(world.url(version, path, filebase=UNKNOWN[name]), status=404)
        assert answer.status_int == 404
        assert answer.json["title"] == "404 Not Found"
        assert answer.json["description"]
        # The object that a URL names is missing: the resource says so itself.
        ends = path.endswith(f"{{{name}}}") and name not in FIXED
        if (ends and path != "lists/{list}/{role}/{email}") or name == "queue":
            assert "Vary" not in answer.headers
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
        else:
            assert answer.headers["Vary"] == "Accept"
            assert answer.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize(("version", "row"), CASES)
    def test_nothing_lies_behind_the_end(self, api, world, version, row):
        for more in ("/x/y/z", "//", "/%00/"):
            answer = api.get(world.url(version, row.path) + more, status="*")
            assert answer.status_int in (400, 404), more

    @pytest.mark.parametrize(("version", "row"), CASES)
    def test_a_trailing_slash_is_another_url(self, api, world, version, row):
        answer = api.get(world.url(version, row.path) + "/", status="*")
        # The entry of no name: none can be read.
        expected = (405,) if row.path == "queues/{queue}" else (400, 404)
        assert answer.status_int in expected

    @pytest.mark.parametrize(
        ("path", "status", "bare"),
        [
            ("", 404, True),
            ("system/", 404, True),
            ("system/versions/", 400, True),
            ("system/configuration/", 404, False),
            ("domains/", 404, False),
            ("addresses/", 404, False),
            ("lists/{list}/", 404, True),
            ("lists/{list}/config/", 404, False),
            ("Lists", 404, True),
            ("lists/styles/x", 404, True),
        ],
    )
    def test_the_known_cases(self, api, world, path, status, bare):
        answer = api.get(world.url("3.1", path), status=status)
        assert ("Vary" in answer.headers) is bare
