"""`/lists/{list}/header-matches` (rest-api section 10)."""

from __future__ import annotations

import pytest

PATHS = [
    "/3.1/lists/ant.example.com/header-matches",
    "/3.0/lists/ant@example.com/header-matches",
]
PATH = PATHS[0]
DUPLICATE = "This header match already exists"
FORMS = pytest.mark.parametrize("form", [True, False])
ALL = pytest.mark.parametrize("path", PATHS)


@pytest.fixture(autouse=True)
def example(ant):
    return ant


@pytest.fixture
def three(api):
    """X-A, X-B and X-C, the first two with an action, the last two with a tag."""
    api.post(PATH, {"header": "X-A", "pattern": "^a", "action": "hold"}, status=201)
    api.post(PATH, {"header": "X-B", "pattern": "^b", "action": "discard", "tag": "t"}, status=201)
    api.post(PATH, {"header": "X-C", "pattern": "^c", "tag": "t"}, status=201)


def headers(api, query=""):
    return [entry["header"] for entry in api.get(PATH + query).json.get("entries", ())]


def item(api, position):
    answer = api.get(f"{PATH}/{position}").json
    assert answer.pop("http_etag")
    assert answer.pop("self_link").endswith(f"{PATH}/{position}")
    assert answer.pop("position") == position
    return answer


class TestCollection:
    @ALL
    def test_an_empty_one_has_no_entries(self, api, path):
        answer = api.get(path).json
        assert "entries" not in answer
        assert (answer["start"], answer["total_size"]) == (0, 0)

    def test_in_order_and_by_page(self, api, three):
        answer = api.get(PATH).json
        assert [entry["position"] for entry in answer["entries"]] == [0, 1, 2]
        assert all(entry["http_etag"] for entry in answer["entries"])
        page = api.get(f"{PATH}?count=2&page=2").json
        assert (page["start"], page["total_size"]) == (2, 3)
        assert [entry["header"] for entry in page["entries"]] == ["x-c"]

    def test_what_is_unset_is_left_out(self, api, three):
        assert item(api, 0) == {"header": "x-a", "pattern": "^a", "action": "hold"}
        assert item(api, 2) == {"header": "x-c", "pattern": "^c", "tag": "t"}

    @ALL
    def test_methods(self, api, path, three):
        for method in (api.put, api.patch):
            assert method(path, status=405).headers["Allow"] == "DELETE, GET, POST, OPTIONS"
        for method in (api.put, api.patch, api.delete):
            assert method(f"{path}/find", status=405).headers["Allow"] == "GET, POST, OPTIONS"
        answer = api.post(f"{path}/0", status=405)
        assert answer.headers["Allow"] == "DELETE, GET, PATCH, PUT, OPTIONS"

    def test_an_unknown_list_is_404(self, api):
        for below in ("", "/0", "/find"):
            path = f"/3.1/lists/bee.example.com/header-matches{below}"
            assert api.get(path, status=404).charset is None

    def test_delete_removes_all(self, api, three):
        api.delete(PATH, status=204)
        assert headers(api) == []
        api.delete(PATH, status=204)

    def test_they_go_with_their_list(self, api, ant, three):
        api.delete(f"/3.1/lists/{ant}", status=204)
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
        assert headers(api) == []


class TestAdding:
    @FORMS
    @ALL
    def test_a_new_one_goes_to_the_end(self, api, three, form, path):
        given = {"header": "X-Spam-Status", "pattern": "Yes|No", "action": "", "tag": "Spam"}
        answer = (api.post if form else api.post_json)(path, given, status=201)
        version = path[:5]
        assert answer.headers["Location"] == (
            f"http://localhost:8001{version}lists/ant.example.com/header-matches/3"
        )
        assert answer.body == b""
        assert item(api, 3) == {"header": "x-spam-status", "pattern": "Yes|No", "tag": "spam"}

    def test_an_empty_pattern_is_one(self, api):
        api.post(PATH, {"header": "x", "pattern": ""}, status=201)
        assert item(api, 0) == {"header": "x", "pattern": ""}

    @FORMS
    def test_header_and_pattern_once(self, api, three, form):
        given = {"header": "x-A", "pattern": "^a", "action": "discard", "tag": "other"}
        answer = (api.post if form else api.post_json)(PATH, given, status=400)
        assert answer.json == {"title": "400 Bad Request", "description": DUPLICATE}
        api.post(PATH, {**given, "pattern": "^A"}, status=201)

    @pytest.mark.parametrize(
        ("given", "description"),
        [
            ({}, "Missing Parameter: header, pattern"),
            ({"header": "x", "pattern": "y", "position": "0"}, "Unexpected parameters: position"),
            ({"header": "x", "pattern": "("},
             'Invalid Parameter "pattern": Expected a valid regexp, got (.'),
            ({"header": "x", "pattern": "y", "action": "Hold"},
             'Invalid Parameter "action": '
             "Accepted Values are: hold, reject, discard, accept, defer."),
        ],
    )  # fmt: skip
    def test_bad_parameters(self, api, given, description):
        for post in (api.post, api.post_json):
            assert post(PATH, given, status=400).json["description"] == description
        assert headers(api) == []

    def test_one_value_each(self, api):
        api.post(PATH, [("header", "x"), ("header", "y"), ("pattern", "z")], status=400)
        for bad in (None, ["x"], {"x": 1}, True):
            api.post_json(PATH, {"header": bad, "pattern": "z"}, status=400)
            api.post_json(PATH, {"header": "x", "pattern": bad}, status=400)
        api.post_json(PATH, {"header": "x", "pattern": "z", "action": None, "tag": None})
        assert item(api, 0) == {"header": "x", "pattern": "z"}


class TestItem:
    @pytest.mark.parametrize("position", ["3", "99", "999999999999999999"])
    def test_where_nothing_is(self, api, three, position):
        expected = {
            "title": "404 Not Found",
            "description": f"No header match at this position: {position}",
        }
        for method in (api.get, api.delete, api.patch, api.put):
            answer = method(f"{PATH}/{position}", status=404)
            assert answer.json == expected
            assert answer.charset == "UTF-8"

    @pytest.mark.parametrize(
        "name", ["foo", "-1", "0foo", "00", "1.0", "", "%D9%A1", "find/x", "0/x", "9" * 5000]
    )
    def test_what_is_no_position(self, api, three, name):
        for method in (api.get, api.delete):
            assert method(f"{PATH}/{name}", status=404).charset is None

    @pytest.mark.parametrize(
        "name", ["header-matches-anything", "header-matchesx", "Header-matches"]
    )
    def test_no_other_name_will_do(self, api, three, name):
        api.get(f"/3.1/lists/ant.example.com/{name}", status=404)

    def test_delete_moves_the_later_ones_up(self, api, three):
        api.delete(f"{PATH}/1", status=204)
        assert headers(api) == ["x-a", "x-c"]
        assert item(api, 1)["header"] == "x-c"
        api.delete(f"{PATH}/2", status=404)


class TestChanging:
    @FORMS
    def test_patch_changes_what_is_given(self, api, three, form):
        patch = api.patch if form else api.patch_json
        assert patch(f"{PATH}/1", {"header": "Subject"}, status=204).body == b""
        expected = {"header": "subject", "pattern": "^b", "action": "discard", "tag": "t"}
        assert item(api, 1) == expected
        patch(f"{PATH}/1", {"pattern": "^z", "action": "accept", "tag": "New"}, status=204)
        expected = {"header": "subject", "pattern": "^z", "action": "accept", "tag": "new"}
        assert item(api, 1) == expected
        patch(f"{PATH}/1", {}, status=204)
        assert item(api, 1) == expected

    @FORMS
    def test_put_needs_header_and_pattern(self, api, three, form):
        put = api.put if form else api.put_json
        answer = put(f"{PATH}/1", {"action": "hold"}, status=400)
        assert answer.json["description"] == "Missing Parameter: header, pattern"
        put(f"{PATH}/1", {"header": "X-Z", "pattern": "z"}, status=204)
        expected = {"header": "x-z", "pattern": "z", "action": "discard", "tag": "t"}
        assert item(api, 1) == expected
        given = {"header": "X-Z", "pattern": "z", "action": "", "tag": "U", "position": "0"}
        put(f"{PATH}/1", given, status=204)
        assert item(api, 0) == {"header": "x-z", "pattern": "z", "tag": "u"}

    @FORMS
    @pytest.mark.parametrize(
        ("position", "to", "expected"), [(0, 2, "bca"), (2, 0, "cab"), (1, 1, "abc")]
    )
    def test_moving(self, api, three, form, position, to, expected):
        (api.patch if form else api.patch_json)(f"{PATH}/{position}", {"position": to}, status=204)
        assert headers(api) == [f"x-{name}" for name in expected]
        entries = api.get(PATH).json["entries"]
        assert [entry["position"] for entry in entries] == [0, 1, 2]

    @pytest.mark.parametrize(
        ("to", "description"),
        [
            ("-1", "Negative indexes are not supported"),
            ("3", "There are 3 header matches for this list, "
                  "the new position cannot be 3 or higher"),
            ("x", 'Invalid Parameter "position": invalid literal for int() with base 10: \'x\'.'),
            ("", 'Invalid Parameter "position": invalid literal for int() with base 10: \'\'.'),
        ],
    )  # fmt: skip
    def test_a_bad_place_changes_nothing(self, api, three, to, description):
        answer = api.patch(f"{PATH}/0", {"position": to, "pattern": "new"}, status=400)
        assert answer.json["description"] == description
        assert item(api, 0)["pattern"] == "^a"

    @pytest.mark.parametrize("to", [None, [], {}, "1" * 5000, 1e400])
    def test_strange_places(self, api, three, to):
        api.patch_json(f"{PATH}/0", {"position": to}, status=400)

    def test_clearing_the_action(self, api, three):
        api.patch(f"{PATH}/0", {"action": ""}, status=204)
        assert "action" not in item(api, 0)
        for unset in (None, False, ""):
            api.patch_json(f"{PATH}/1", {"action": "hold"}, status=204)
            api.patch_json(f"{PATH}/1", {"action": unset}, status=204)
            assert "action" not in item(api, 1)

    def test_a_blank_tag_is_a_tag_and_null_is_none(self, api, three):
        api.patch(f"{PATH}/1", {"tag": ""}, status=204)
        assert item(api, 1)["tag"] == ""
        api.patch_json(f"{PATH}/1", {"tag": None}, status=204)
        assert "tag" not in item(api, 1)

    def test_becoming_another_is_refused(self, api, three):
        given = {"header": "X-B", "pattern": "^b"}
        for method in (api.patch, api.put):
            answer = method(f"{PATH}/0", given, status=400)
            assert answer.json["description"] == DUPLICATE
        assert item(api, 0)["header"] == "x-a"
        api.put(f"{PATH}/1", given, status=204)

    def test_bad_parameters(self, api, three):
        answer = api.patch(f"{PATH}/0", {"pattern": "(", "action": "no"}, status=400)
        assert answer.json["description"] == (
            'Invalid Parameter "action": Accepted Values are: hold, reject, discard, accept, '
            'defer. Invalid Parameter "pattern": Expected a valid regexp, got (.'
        )
        answer = api.patch(f"{PATH}/0", {"colour": "red"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: colour"


class TestFinding:
    def found(self, api, query):
        answer = api.get(f"{PATH}/find?{query}").json
        assert answer["total_size"] == len(answer["entries"])
        assert answer["start"] == 0
        return [(entry["position"], entry["header"]) for entry in answer["entries"]]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", "abc"), ("header=&tag=", "abc"), ("header=x-b", "b"), ("tag=t", "bc"),
            ("action=hold", "a"), ("action=discard&tag=t", "b"), ("header=x-c&tag=T", "c"),
        ],
    )  # fmt: skip
    def test_all_that_is_given_has_to_fit(self, api, three, query, expected):
        wanted = [("abc".index(name), f"x-{name}") for name in expected]
        assert self.found(api, query) == wanted

    @FORMS
    @ALL
    def test_clients_post(self, api, three, form, path):
        post = api.post if form else api.post_json
        answer = post(f"{path}/find", {"tag": "t"}, status=200).json
        assert [entry["position"] for entry in answer["entries"]] == [1, 2]
        assert answer["entries"][0]["self_link"].endswith("/header-matches/1")

    @pytest.mark.parametrize("query", ["header=X-A", "header=x-z", "action=accept", "tag=u"])
    def test_nothing_is_404(self, api, three, query):
        expected = {
            "title": "404 Not Found",
            "description": "Cound not find any HeaderMatch for provided search options.",
        }
        for answer in (
            api.get(f"{PATH}/find?{query}", status=404),
            api.post(f"{PATH}/find", query, status=404),
        ):
            assert answer.json == expected

    def test_none_at_all_is_404(self, api):
        api.get(f"{PATH}/find", status=404)

    @pytest.mark.parametrize(
        ("query", "description"),
        [
            ("count=1&page=1", "Unexpected parameters: count, page"),
            ("pattern=x", "Unexpected parameters: pattern"),
            ("action=", 'Invalid Parameter "action": '
                        "Accepted Values are: hold, reject, discard, accept, defer."),
        ],
    )  # fmt: skip
    def test_bad_parameters(self, api, three, query, description):
        assert api.get(f"{PATH}/find?{query}", status=400).json["description"] == description
        assert api.post(f"{PATH}/find", query, status=400).json["description"] == description
