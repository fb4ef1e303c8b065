"""`/lists/{list}/topics` and `/members/{mid}/topics`."""

from __future__ import annotations

import pytest

BEES = {"name": "Bees", "pattern": "honey\n^bee", "description": "All about bees."}
ANTS = {"name": "Ants", "pattern": "ants", "description": ""}


@pytest.fixture
def here(ant):
    return f"/3.1/lists/{ant}/topics"


@pytest.fixture
def topics(api, here):
    api.patch_json(here, {"enabled": True, "topics": [BEES, ANTS]}, status=204)
    return here


@pytest.fixture
def mine(topics, subscribe):
    return subscribe("anne@example.com") + "/topics"


def shown(answer):
    return {name: value for name, value in answer.json.items() if name != "http_etag"}


class TestTopicsOfList:
    def test_a_new_list_has_none(self, api, here):
        assert shown(api.get(here)) == {"enabled": False, "body_lines": 5, "topics": []}

    def test_put_sets_all_of_it(self, api, here):
        wanted = {"enabled": True, "body_lines": -1, "topics": [BEES, ANTS]}
        api.put_json(here, wanted, status=204)
        assert shown(api.get(here)) == wanted

    def test_put_wants_all_of_it(self, api, here):
        answer = api.put_json(here, {"topics": []}, status=400)
        assert answer.json["description"] == "Missing Parameter: body_lines, enabled"

    def test_patch_changes_what_is_given(self, api, topics):
        api.patch(topics, {"body_lines": "3"}, status=204)
        assert shown(api.get(topics)) == {"enabled": True, "body_lines": 3, "topics": [BEES, ANTS]}
        api.patch(topics, {"topics": "", "enabled": "no"}, status=204)
        assert shown(api.get(topics)) == {"enabled": False, "body_lines": 3, "topics": []}

    def test_a_description_may_be_missing(self, api, here):
        api.patch_json(here, {"topics": [{"name": "Ants", "pattern": "ants"}]}, status=204)
        assert api.get(here).json["topics"] == [ANTS]

    @pytest.mark.parametrize(
        ("topics", "reason"),
        [
            ("x", "Expected an array of objects"),
            ([1], "Expected objects with name, pattern and description"),
            ([{"name": "x"}], "Expected objects with name, pattern and description"),
            ([{**ANTS, "number": 1}], "Expected objects with name, pattern and description"),
            ([{**ANTS, "name": 1.5, "pattern": True}], "Expected a text, got True"),
            ([{**ANTS, "pattern": "("}], "Not a regular expression: missing )"),
            ([ANTS, ANTS], "There is more than one topic Ants"),
        ],
    )
    def test_what_cannot_be(self, api, here, topics, reason):
        answer = api.patch_json(here, {"topics": topics}, status=400)
        assert f'Invalid Parameter "topics": {reason}' in answer.json["description"]
        assert api.get(here).json["topics"] == []

    @pytest.mark.parametrize("lines", ["few", "1000000", "1e3"])
    def test_a_number_of_lines_is_one(self, api, here, lines):
        api.patch(here, {"body_lines": lines}, status=400)


class TestTopicsOfMember:
    def test_as_long_as_nothing_is_chosen_everything_is_delivered(self, api, mine):
        assert shown(api.get(mine)) == {
            "chosen": False,
            "topics": ["Bees", "Ants"],
            "posts_without_topic": True,
            "self_link": f"http://localhost:8001{mine}",
        }

    def test_put_chooses(self, api, mine):
        api.put(mine, {"topics": ["ants"], "posts_without_topic": "no"}, status=204)
        answer = api.get(mine).json
        assert answer["chosen"] is True
        assert (answer["topics"], answer["posts_without_topic"]) == (["Ants"], False)

    def test_put_wants_both(self, api, mine):
        api.put(mine, {"topics": ["Ants"]}, status=400)

    def test_patch_leaves_the_rest_as_it_is_delivered_now(self, api, mine):
        api.patch(mine, {"posts_without_topic": "no"}, status=204)
        answer = api.get(mine).json
        assert (answer["topics"], answer["posts_without_topic"]) == (["Bees", "Ants"], False)
        api.patch(mine, {"topics": "Bees"}, status=204)
        answer = api.get(mine).json
        assert (answer["topics"], answer["posts_without_topic"]) == (["Bees"], False)

    def test_patch_without_anything_chooses_nothing(self, api, mine):
        api.patch(mine, {}, status=204)
        assert api.get(mine).json["chosen"] is False

    def test_delete_ends_the_choice(self, api, mine):
        api.put_json(mine, {"topics": [], "posts_without_topic": True}, status=204)
        api.delete(mine, status=204)
        assert api.get(mine).json["chosen"] is False

    @pytest.mark.parametrize("topics", [["Wasps"], ["Ants", "Wasps"], ""])
    def test_what_cannot_be_chosen(self, api, mine, topics):
        parameters = {"topics": topics, "posts_without_topic": "no"}
        answer = api.put(mine, parameters, status=400)
        assert 'Invalid Parameter "topics": ' in answer.json["description"]
        assert api.get(mine).json["chosen"] is False

    def test_other_roles_have_none(self, api, topics, ant):
        owner = {"list_id": ant, "subscriber": "anne@example.com", "role": "owner"}
        answer = api.post("/3.1/members", owner, status=201)
        api.get(answer.headers["Location"] + "/topics", status=404)
