"""What every resource owes its clients."""

from __future__ import annotations

import pytest

from resources.rest import METHODS, rest

#: Every URL of the API with its methods (rest-api section 2, as far as it exists).
RESOURCES = [
    ("system", "GET"),
    ("system/versions", "GET"),
    ("system/preferences", "GET"),
    ("system/pipelines", "GET"),
    ("system/chains", "GET"),
    ("domains", "GET, POST"),
    ("domains/example.com", "DELETE, GET, PATCH, PUT"),
    ("domains/example.com/lists", "GET"),
    ("domains/example.com/owners", "DELETE, GET, POST"),
    ("lists", "GET, POST"),
    ("lists/styles", "GET"),
    ("lists/find", "GET, POST"),
    ("lists/ant.example.com", "DELETE, GET"),
    ("lists/ant.example.com/config", "DELETE, GET, PATCH, PUT"),
    ("lists/ant.example.com/config/info", "DELETE, GET, PATCH, PUT"),
    ("lists/ant.example.com/roster/member", "DELETE, GET"),
    ("lists/ant.example.com/member/anne@example.com", "DELETE, GET, PATCH"),
    ("members", "GET, POST"),
    ("members/find", "GET, POST"),
    ("addresses", "GET"),
    ("addresses/anne@example.com", "GET"),
    ("addresses/anne@example.com/memberships", "GET"),
    ("addresses/anne@example.com/preferences", "DELETE, GET, PATCH, PUT"),
    ("users", "GET"),
    ("users/anne@example.com", "GET"),
    ("users/anne@example.com/addresses", "GET"),
    ("users/anne@example.com/preferences", "DELETE, GET, PATCH, PUT"),
    ("queues", "GET"),
    ("queues/in", "GET, POST"),
    ("queues/in/1.5+00", "DELETE"),
]


@pytest.fixture
def populated(subscribe):
    return subscribe("anne@example.com")


class TestMethods:
    @pytest.mark.parametrize(("path", "allow"), RESOURCES)
    def test_options_names_the_methods(self, api, populated, path, allow):
        answer = api.options(f"/3.1/{path}", status=200)
        assert answer.headers["Allow"] == allow
        assert answer.headers["Content-Length"] == "0"
        assert answer.body == b""

    @pytest.mark.parametrize(("path", "allow"), RESOURCES)
    def test_a_method_that_is_not_offered_is_405(self, any_method, populated, path, allow):
        for method in (*METHODS, "TRACE", "PROPFIND"):
            if method not in allow.split(", "):
                answer = any_method.request(f"/3.1/{path}", method=method, status=405)
                assert answer.headers["Allow"] == f"{allow}, OPTIONS"
                assert answer.json["title"] == "405 Method Not Allowed"

    def test_memberships_and_their_preferences_have_methods(self, api, populated):
        for path, allow in (
            ("", "DELETE, GET, PATCH"),
            ("/preferences", "DELETE, GET, PATCH, PUT"),
            ("/all/preferences", "GET"),
        ):
            assert api.options(populated + path).headers["Allow"] == allow

    def test_an_unknown_method_is_400(self, any_method):
        answer = any_method.request("/3.1/system", method="FROB", status=400)
        assert answer.json == {"title": "Bad request", "description": "Invalid HTTP method"}

    @pytest.mark.parametrize("path", [path for path, allow in RESOURCES if "GET" in allow])
    def test_head_is_get_without_the_body(self, api, populated, path):
        if path == "lists/find":
            path += "?subscriber=anne@example.com"
        answer = api.head(f"/3.1/{path}", status=200)
        assert answer.body == b""
        assert int(answer.headers["Content-Length"]) > 2

    def test_the_version_itself_has_no_methods(self, api):
        for version in ("3.0", "3.1"):
            answer = api.get(f"/{version}", status=405)
            assert answer.headers["Allow"] == "OPTIONS"


class TestNegotiation:
    @pytest.mark.parametrize(
        "accept", ["*/*", "application/json", "application/*", "text/html, */*;q=0.1", ""]
    )
    def test_json_is_given_to_who_takes_it(self, api, accept):
        assert api.get("/3.1/system", headers={"Accept": accept}, status=200).json

    @pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*"])
    def test_who_takes_no_json_gets_406(self, api, accept):
        answer = api.get("/3.1/system", headers={"Accept": accept}, status=406)
        assert answer.content_type == "application/json"


class TestRepresentation:
    @pytest.mark.parametrize("path", [path for path, allow in RESOURCES if "GET" in allow])
    def test_everything_has_an_etag(self, api, populated, path):
        if path == "lists/find":
            path += "?subscriber=anne@example.com"
        answer = api.get(f"/3.1/{path}")
        assert answer.headers["Content-Type"] == "application/json"
        for thing in (answer.json, *answer.json.get("entries", ())):
            assert len(thing["http_etag"]) == 42
            assert thing["http_etag"].strip('"').isalnum()

    def test_equal_content_has_equal_tags(self, api, ant):
        first = api.get("/3.1/lists").json
        second = api.get(f"/3.1/lists/{ant}").json
        assert first["entries"] == [second]

    def test_text_is_escaped_to_ascii(self, api, ant):
        api.patch(f"/3.1/lists/{ant}/config", {"description": "Fädchen"}, status=204)
        answer = api.get(f"/3.1/lists/{ant}")
        assert b"F\\u00e4dchen" in answer.body
        assert answer.json["description"] == "Fädchen"


class TestRegistration:
    def test_the_context_must_be_a_class_or_interface(self, settings, engine, database):
        from pyramid.config import Configurator

        config = Configurator()
        config.include("resources.rest")
        with pytest.raises(TypeError, match="no class or interface"):
            config.add_rest_resource(type("View", (), {}), "lists")

    def test_marking_a_class_changes_nothing_else(self):
        class Marked:
            pass

        assert rest(context=dict)(Marked) is Marked
