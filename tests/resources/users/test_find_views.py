"""`/users/find` (rest-api 18.2)."""

from __future__ import annotations

import pytest

USERS = "/3.1/users"
ANNE = f"{USERS}/anne@example.com"


def names(answer) -> list[str]:
    return [entry["display_name"] for entry in answer.json.get("entries", ())]


class TestFinding:
    FIND = f"{USERS}/find"

    @pytest.fixture
    def people(self, api, change):
        with change() as site:
            zoe = site.users.make("zoe@example.com", "Zoë Quick")
            zoe.link(site.addresses.add("Other@example.net", "Brown Fox"))
            site.users.make("anne@example.com", "Anne")
            site.users.add("Without Address")

    @pytest.mark.parametrize(
        ("q", "found"),
        [
            ("ZOË", ["Zoë Quick"]),
            ("other@EXAMPLE", ["Zoë Quick"]),
            ("brown", ["Zoë Quick"]),
            ("example.com", ["Zoë Quick", "Anne"]),
            ("address", []),
            ("", ["Zoë Quick", "Anne"]),
            ("%", ["Zoë Quick", "Anne"]),
            ("_NNE", ["Anne"]),
            ("z%@exam%", ["Zoë Quick"]),
            ("o%q_ick", ["Zoë Quick"]),
            ("a__e@", ["Anne"]),
            ("zo_@%anne", []),
            ("Quickzoe", []),
            ("Quick%zoe", []),
            ("Quick_zoe", []),
        ],
    )
    def test_any_part_of_names_and_addresses(self, api, people, q, found):
        answer = api.get(self.FIND, {"q": q})
        assert names(answer) == found
        assert answer.json["total_size"] == len(found)

    def test_pages(self, api, people):
        answer = api.get(f"{self.FIND}?q=e&count=1&page=2")
        assert (names(answer), answer.json["total_size"]) == (["Anne"], 2)
        assert answer.json["start"] == 1

    def test_what_has_changed_is_found_at_once(self, api, people):
        api.patch(ANNE, {"display_name": "Bea"}, status=204)
        api.patch("/3.1/addresses/other@example.net", {"display_name": "Wolf"}, status=204)
        api.delete("/3.1/addresses/zoe@example.com", status=204)
        for gone in ("anne p", "fox", "zoe@"):
            assert names(api.get(self.FIND, {"q": gone})) == []
        assert names(api.get(self.FIND, {"q": "bea"})) == ["Bea"]
        assert names(api.get(self.FIND, {"q": "wolf"})) == ["Zoë Quick"]
        api.delete(ANNE, status=204)
        assert names(api.get(self.FIND, {"q": "bea"})) == []

    def test_what_is_wrong(self, api):
        answer = api.get(self.FIND, status=400)
        assert answer.json["description"] == "Missing Parameter: q"
        answer = api.get(f"{self.FIND}?q=a&colour=red", status=400)
        assert answer.json["description"] == "Unexpected parameters: colour"
        api.get(f"{self.FIND}?q=a&count=-1&page=1", status=400)
        assert api.post(self.FIND, {"q": "a"}, status=405).headers["Allow"] == "GET, OPTIONS"
        api.get(f"{self.FIND}/more?q=a", status=404)
