"""`/owners` (rest-api section 19)."""

from __future__ import annotations

OWNERS = "/3.1/owners"


class TestOwners:
    def test_nobody_at_first(self, api):
        answer = api.get(OWNERS).json
        assert (answer["total_size"], "entries" in answer) == (0, False)

    def test_they_come_in_order_of_creation(self, api):
        for name in ("zoe", "anne", "bart", "cris"):
            api.post("/3.1/users", {"email": f"{name}@example.com", "display_name": name})
        for name in ("bart", "anne", "zoe"):
            path = f"/3.1/users/{name}@example.com"
            api.patch(path, {"is_server_owner": "yes"}, status=204)
        answer = api.get(OWNERS).json
        assert [entry["display_name"] for entry in answer["entries"]] == ["zoe", "anne", "bart"]
        assert all(entry["is_server_owner"] for entry in answer["entries"])
        page = api.get(f"{OWNERS}?count=1&page=2").json
        assert [entry["display_name"] for entry in page["entries"]] == ["anne"]
        assert page["total_size"] == 3

    def test_who_is_one_no_more_or_gone_is_left_out(self, api):
        for name in ("anne", "bart"):
            api.post("/3.1/users", {"email": f"{name}@example.com", "is_server_owner": "yes"})
        assert api.get(OWNERS).json["total_size"] == 2
        api.patch("/3.1/users/anne@example.com", {"is_server_owner": "no"}, status=204)
        api.delete("/3.1/users/bart@example.com", status=204)
        assert api.get(OWNERS).json["total_size"] == 0

    def test_the_older_api_shows_decimal_ids(self, api):
        api.post("/3.0/users", {"email": "anne@example.com", "is_server_owner": "yes"}, status=201)
        [entry] = api.get("/3.0/owners").json["entries"]
        assert isinstance(entry["user_id"], int)

    def test_nothing_else(self, api):
        assert api.post(OWNERS, status=405).headers["Allow"] == "GET, OPTIONS"
        for method in (api.put, api.patch, api.delete):
            method(OWNERS, status=405)
        api.get(f"{OWNERS}/anne@example.com", status=400)
        api.get(f"{OWNERS}/", status=400)
