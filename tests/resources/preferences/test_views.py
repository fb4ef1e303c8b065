"""Preferences (rest-api section 20)."""

from __future__ import annotations

import pytest

from tests.resources.conftest import BASE


@pytest.fixture
def places(api, subscribe):
    """Where Anne's preferences are: path -> canonical link."""
    member = subscribe("anne@example.com")
    user_id = api.get("/3.1/users/anne@example.com").json["user_id"]
    paths = [member, "/3.1/addresses/anne@example.com", f"/3.1/users/{user_id}"]
    return {f"{path}/preferences": f"{BASE}{path[4:]}/preferences" for path in paths}


class TestOwn:
    def test_a_fresh_object_shows_nothing(self, api, places):
        for path, link in places.items():
            answer = api.get(path).json
            del answer["http_etag"]
            assert answer == {"self_link": link}

    def test_what_is_set_is_shown(self, api, places):
        for path in places:
            given = {"acknowledge_posts": "True", "preferred_language": "fr"}
            api.patch(path, given, status=204)
            answer = api.get(path).json
            assert answer["acknowledge_posts"] is True
            assert answer["preferred_language"] == "fr"
            assert "hide_address" not in answer

    def test_put_needs_everything(self, api, places):
        path = next(iter(places))
        everything = {
            "acknowledge_posts": "no",
            "delivery_mode": "regular",
            "delivery_status": "by_user",
            "hide_address": "no",
            "preferred_language": "en",
            "receive_list_copy": "no",
            "receive_own_postings": "no",
        }
        answer = api.put(path, {"hide_address": "no"}, status=400)
        assert answer.json["description"].startswith("Missing Parameter: acknowledge_posts, ")
        api.put(path, everything, status=204)
        assert len(api.get(path).json) == 9

    def test_delete_unsets_everything(self, api, places):
        for path in places:
            api.patch(path, {"hide_address": "no"})
            api.delete(path, status=204)
            assert len(api.get(path).json) == 2

    @pytest.mark.parametrize(
        "given", [{"preferred_language": "xx"}, {"hide_address": "maybe"}, {"colour": "red"}]
    )
    def test_bad_values_are_400(self, api, places, given):
        for path in places:
            api.patch(path, given, status=400)

    def test_nothing_changes_nothing(self, api, places):
        for path in places:
            assert api.patch(path, status=204).body == b""
            assert len(api.get(path).json) == 2

    def test_json_has_truth_values(self, api, places):
        for path in places:
            api.patch_json(path, {"receive_list_copy": False}, status=204)
            assert api.get(path).json["receive_list_copy"] is False

    def test_the_older_api_links_to_decimal_ids(self, api, places):
        user_id = int(list(places)[2].split("/")[3], 16)
        path = f"/3.0/users/{user_id}/preferences"
        assert api.get(path).json["self_link"] == f"http://localhost:8001{path}"

    def test_other_methods_and_what_is_below(self, api, places):
        for path in places:
            answer = api.post(path, status=405)
            assert answer.headers["Allow"] == "DELETE, GET, PATCH, PUT, OPTIONS"
            api.get(f"{path}/more", status=400 if "users" in path else 404)

    def test_whose_do_not_exist(self, api, ant):
        nobody = "0" * 32
        for owner in (f"members/{nobody}", "addresses/x@example.com", f"users/{nobody}"):
            answer = api.get(f"/3.1/{owner}/preferences", status=404)
            assert answer.headers["Content-Type"] == "application/json"

    def test_switching_delivery_off_reaches_the_recipients(self, api, places, change):
        for path in places:
            api.patch(path, {"delivery_status": "by_user"}, status=204)
            with change() as site:
                assert list(site.lists.get("ant.example.com").regular_recipients()) == []
            api.delete(path, status=204)
            with change() as site:
                assert len(list(site.lists.get("ant.example.com").regular_recipients())) == 1


class TestEffective:
    def test_the_nearest_value_holds(self, api, places):
        member, address, user = places
        everything = member.replace("/preferences", "/all/preferences")
        answer = api.get(everything).json
        assert answer.keys() == {
            "acknowledge_posts",
            "delivery_mode",
            "delivery_status",
            "hide_address",
            "preferred_language",
            "receive_list_copy",
            "receive_own_postings",
            "self_link",
            "http_etag",
        }
        assert answer["self_link"].endswith("/all/preferences")
        assert answer["delivery_mode"] == "regular"
        for path, mode in ((user, "mime_digests"), (address, "summary_digests")):
            api.patch(path, {"delivery_mode": mode})
            assert api.get(everything).json["delivery_mode"] == mode
        api.patch(member, {"delivery_mode": "regular"})
        assert api.get(everything).json["delivery_mode"] == "regular"

    def test_the_language_ends_with_the_list(self, api, places):
        member = next(iter(places)).replace("/preferences", "/all/preferences")
        api.patch("/3.1/lists/ant.example.com/config", {"preferred_language": "de"})
        assert api.get(member).json["preferred_language"] == "de"
