"""Collections and their pages (rest-api 1.14, 1.15), values as JSON (1.16)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from resources.representation import Collection, created, duration_text, json_text, respond


@pytest.fixture
def five(api):
    for name in ("e", "c", "a", "d", "b"):
        api.post("/3.1/domains", {"mail_host": f"{name}.example.com"})


def hosts(answer) -> list[str]:
    return [entry["mail_host"][0] for entry in answer.json.get("entries", ())]


class TestPaging:
    def test_without_paging_everything_comes(self, api, five):
        answer = api.get("/3.1/domains")
        assert hosts(answer) == ["a", "b", "c", "d", "e"]
        assert (answer.json["start"], answer.json["total_size"]) == (0, 5)

    @pytest.mark.parametrize(
        ("count", "page", "start", "found"),
        [
            (2, 1, 0, ["a", "b"]),
            (2, 3, 4, ["e"]),
            (2, 4, 6, []),
            (0, 1, 0, []),
            (0, 7, 0, []),
            (5, 1, 0, ["a", "b", "c", "d", "e"]),
            (10**30, 1, 0, ["a", "b", "c", "d", "e"]),
        ],
    )
    def test_a_page_is_a_slice(self, api, five, count, page, start, found):
        answer = api.get(f"/3.1/domains?count={count}&page={page}")
        assert hosts(answer) == found
        assert (answer.json["start"], answer.json["total_size"]) == (start, 5)
        assert ("entries" in answer.json) == bool(found)

    def test_count_alone_is_the_first_page(self, api, five):
        assert hosts(api.get("/3.1/domains?count=1")) == ["a"]

    @pytest.mark.parametrize("path", ["domains", "members"])
    @pytest.mark.parametrize(
        "query", ["page=1", "count=-1&page=1", "count=1&page=0", "count=x&page=1", "count=1&page="]
    )
    def test_nonsense_is_400(self, api, path, query):
        api.get(f"/3.1/{path}?{query}", status=400)

    @pytest.mark.parametrize(
        ("query", "description"),
        [
            ("count=x&page=1", 'The "count" parameter is invalid. The value must be an integer.'),
            ("count=1&page=", 'The "page" parameter is invalid. The value must be an integer.'),
            ("count=-1&page=1", 'The "count" parameter is invalid. The value must be at least 0.'),
            ("count=1&page=0", 'The "page" parameter is invalid. The value must be at least 1.'),
        ],
    )
    def test_bad_numbers_are_no_matter_of_the_resource(self, api, query, description):
        answer = api.get(f"/3.1/domains?{query}", status=400)
        assert answer.json == {"title": "Invalid parameter", "description": description}
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Vary"] == "Accept"

    def test_the_last_of_several_values_counts(self, api, five):
        assert hosts(api.get("/3.1/domains?count=5&count=1&page=1&page=2")) == ["b"]

    def test_paging_in_json_is_not_looked_at(self, api, subscribe):
        subscribe("anne@example.com")
        subscribe("bart@example.com")
        answer = api.post_json("/3.1/members/find", {"role": "member", "count": 1, "page": 1})
        assert len(answer.json["entries"]) == 2

    def test_an_empty_collection_has_no_entries(self, api):
        answer = api.get("/3.1/lists").json
        assert answer.keys() == {"start", "total_size", "http_etag"}
        assert answer["total_size"] == 0

    def test_all_empty_collections_share_their_etag(self, api):
        tags = {api.get(f"/3.1/{n}").json["http_etag"] for n in ("lists", "domains", "members")}
        assert len(tags) == 1


class TestJSON:
    @pytest.mark.parametrize(
        ("span", "text"),
        [
            (timedelta(days=90), "90d"),
            (timedelta(seconds=90), "0d90.0s"),
            (timedelta(days=1, seconds=7384), "1d7384.0s"),
            (timedelta(microseconds=500000), "0d0.5s"),
            (timedelta(), "0d"),
        ],
    )
    def test_durations_can_be_sent_back(self, span, text):
        assert duration_text(span) == text

    def test_dates_are_iso_8601(self):
        assert '"2026-11-20T21:45:52.135163"' in json_text(
            {"at": datetime(2026, 11, 20, 21, 45, 52, 135163)}
        )

    def test_the_empty_object_has_only_a_tag(self):
        assert respond({}).json.keys() == {"http_etag"}

    def test_sets_are_sorted(self):
        assert '["a", "b"]' in json_text({"found": {"b", "a"}})

    def test_other_objects_are_a_mistake(self):
        with pytest.raises(TypeError, match="cannot be shown"):
            json_text({"thing": object()})

    def test_only_some_collections_have_a_self_link(self):
        assert respond(Collection([], 0, 0, "http://x/")).json["self_link"] == "http://x/"


class TestCreated:
    def test_location_is_a_uri(self):
        answer = created("http://localhost/3.1/bans/grüß@a b?")
        assert answer.headers["Location"] == "http://localhost/3.1/bans/gr%C3%BC%C3%9F@a%20b?"
        assert answer.headers["Content-Length"] == "0"
        assert answer.body == b""
