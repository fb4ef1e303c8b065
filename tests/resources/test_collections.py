"""Paging, and parameters nobody asked for: the same in every collection."""

from __future__ import annotations

import pytest

from resources.representation import EVERYTHING, paging
from resources.rest import RestRequest
from tests.support.rest_map import ROWS

#: Collections that check their parameters (and refuse what they do not know).
STRICT = {
    "lists/find": "subscriber=anne@example.com",
    "members": "",
    "members/find": "",
    "users/find": "q=a",
    "addresses/{email}/memberships": "",
    "lists/{list}/roster/{role}": "",
    "lists/{list}/requests": "",
    "lists/{list}/deliveries": "",
    "lists/{list}/bounces": "",
    "members/{mid}/bounces": "",
    "bounces": "",
    "deliveries": "",
    "deliveries/{delivery}/recipients": "",
}
#: Those that do not.
LAX = (
    "domains", "domains/{mail_host}/lists", "domains/{mail_host}/owners", "lists",
    "lists/{list}/bans", "lists/{list}/header-matches", "lists/{list}/held", "addresses", "users",
    "users/{user}/addresses", "owners", "bans", "queues", "uris", "domains/{mail_host}/uris",
    "lists/{list}/uris", "plugins",
)  # fmt: skip
COLLECTIONS = (*STRICT, *LAX)


@pytest.fixture
def get(lasting):
    def getting(path, query="", status=200, **options):
        query = "&".join(part for part in (STRICT.get(path, ""), query) if part)
        url = lasting.url("3.1", path) + (f"?{query}" if query else "")
        return lasting.api.get(url, status=status, **options)

    return getting


class TestPaging:
    @pytest.mark.parametrize("path", COLLECTIONS)
    def test_pages_are_slices_of_the_whole(self, get, path):
        whole = get(path).json
        total = whole["total_size"]
        entries = whole.get("entries", [])
        assert whole["start"] == 0
        assert len(entries) == total
        assert total or "entries" not in whole
        found = []
        for page in range(1, total + 1):
            answer = get(path, f"count=1&page={page}").json
            assert answer["start"] == page - 1
            assert answer["total_size"] == total
            found += answer["entries"]
        assert found == entries

    @pytest.mark.parametrize("path", COLLECTIONS)
    def test_pages_without_entries_have_none(self, get, path):
        total = get(path).json["total_size"]
        for query, start in (("count=0&page=1", 0), ("count=5&page=9", 40), ("count=0&page=3", 0)):
            answer = get(path, query).json
            assert "entries" not in answer
            assert (answer["start"], answer["total_size"]) == (start, total)

    @pytest.mark.parametrize("path", COLLECTIONS)
    def test_a_count_alone_is_the_first_page(self, get, path):
        assert get(path, "count=1").json == get(path, "count=1&page=1").json

    @pytest.mark.parametrize("path", COLLECTIONS)
    @pytest.mark.parametrize(
        "query",
        [
            "page=1", "count=-1&page=1", "count=1&page=0", "count=1&page=-1", "count=x&page=1",
            "count=1&page=x", "count=&page=1", "count=1.5&page=1", f"count={'9' * 5000}",
        ],
    )  # fmt: skip
    def test_what_makes_no_sense_is_400(self, get, path, query):
        answer = get(path, query, status=400)
        assert answer.json["description"]

    @pytest.mark.parametrize("path", COLLECTIONS)
    def test_numbers_beyond_measure_are_no_fault(self, get, path):
        huge = "9" * 30
        assert get(path, f"count={huge}&page=1").json == get(path).json
        answer = get(path, f"count={huge}&page={huge}").json
        assert answer["start"] == (int(huge) - 1) * int(huge)

    @pytest.mark.parametrize("path", COLLECTIONS)
    def test_paging_is_not_read_from_json(self, lasting, get, path):
        if path in ("lists/find", "users/find"):
            return
        answer = lasting.api.request(
            lasting.url("3.1", path),
            method="GET",
            body=b'{"count": 1, "page": 9}',
            headers={"Content-Type": "application/json"},
        )
        assert answer.json == get(path).json

    @pytest.mark.parametrize("path", LAX)
    def test_of_a_repeated_count_the_last_counts(self, get, path):
        assert get(path, "count=0&count=9&page=1").json == get(path, "count=9&page=1").json

    def test_without_parameters_nothing_is_read(self):
        assert paging(RestRequest.blank("/3.1/lists")) is EVERYTHING

    def test_a_search_in_header_matches_has_no_pages(self, lasting):
        url = lasting.url("3.1", "lists/{list}/header-matches/find")
        answer = lasting.api.get(f"{url}?count=1&page=1", status=400)
        assert answer.json["description"] == "Unexpected parameters: count, page"


class TestUnknownParameters:
    @pytest.mark.parametrize("path", [*STRICT, "lists/{list}/requests/count"])
    def test_where_parameters_are_checked_they_are_refused(self, get, path):
        answer = get(path, "colour=red", status=400)
        assert answer.json["description"] == "Unexpected parameters: colour"

    @pytest.mark.parametrize(
        "path",
        [
            row.path
            for row in ROWS
            if "GET" in row.methods
            and row.path not in STRICT
            and not row.path.endswith(("/find", "requests/count"))
            and not row.path.startswith("reserved")
            and row.path != "queues/{queue}/{filebase}"
        ],
    )
    def test_elsewhere_a_get_ignores_them(self, get, path):
        assert get(path, "colour=red").status_int == 200
