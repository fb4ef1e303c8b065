"""What every resource owes its clients."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from resources.rest import rest


class TestNegotiation:
    @pytest.mark.parametrize(
        "accept",
        [
            "*/*", "application/json", "application/*", "text/html, */*;q=0.1", "",
            "text/html", "application/xml", "text/plain;q=0.3",
        ],
    )  # fmt: skip
    def test_json_is_given_to_who_can_read_it(self, api, accept):
        assert api.get("/3.1/system", headers={"Accept": accept}, status=200).json

    @pytest.mark.parametrize("accept", ["image/*", "audio/ogg, video/mp4", "text/csv"])
    def test_who_cannot_read_it_gets_406(self, api, accept):
        api.get("/3.1/system", headers={"Accept": accept}, status=406)

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    def test_only_what_has_an_answer_is_negotiated(self, api, ant, method):
        path = f"/3.1/lists/{ant}/bans" if method == "POST" else f"/3.1/lists/{ant}/config/info"
        data = {"POST": "email=x@y.zz", "PUT": "info=x", "PATCH": "info=x", "DELETE": ""}[method]
        answer = api.request(
            path,
            method=method,
            body=data.encode(),
            headers={"Accept": "image/png", "Content-Type": "application/x-www-form-urlencoded"},
            status="*",
        )
        assert answer.status_int in (201, 204, 400)


class TestErrorBodies:
    """What an error on the way to a resource looks like is for the client to say."""

    @pytest.mark.parametrize(
        "accept",
        [
            None, "*/*", "application/json", "application/vnd.example+json", "application/*",
            "application/xml;q=0.5, application/json", "application/xml, application/json",
            "text/html, */*;q=0.1", "not a media type", "",
        ],
    )  # fmt: skip
    def test_json_where_it_may_be(self, api, accept):
        headers = {} if accept is None else {"Accept": accept}
        answer = api.get("/3.1/nope", headers=headers, status=404)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.json == {"title": "404 Not Found", "description": "404 Not Found"}
        assert answer.headers["Vary"] == "Accept"

    @pytest.mark.parametrize("kind", ["application/xml", "text/xml"])
    def test_xml_for_who_wants_it(self, api, kind):
        answer = api.get("/3.1/nope", headers={"Accept": kind}, status=404)
        assert answer.headers["Content-Type"] == kind
        assert answer.headers["Vary"] == "Accept"
        assert int(answer.headers["Content-Length"]) == len(answer.body)
        error = ElementTree.fromstring(answer.body)
        assert error.tag == "error"
        assert error.findtext("title") == "404 Not Found"

    def test_xml_quotes_what_the_client_sent(self, api):
        answer = api.post(
            "/3.1/domains",
            b"{",
            headers={"Accept": "application/xml", "Content-Type": "application/json<&\x01"},
            status=415,
        )
        assert "json<&" in ElementTree.fromstring(answer.body).findtext("description")

    @pytest.mark.parametrize("accept", ["text/html", "image/png, audio/*"])
    def test_no_body_for_who_takes_neither(self, api, anonymous, accept):
        headers = {"Accept": accept}
        for answer in (
            api.get("/3.1/nope", headers=headers, status=404),
            api.put("/3.1/lists", headers=headers, status=405),
            anonymous.get("/3.1/lists", headers=headers, status=401),
        ):
            assert answer.body == b""
            assert answer.headers["Content-Length"] == "0"
            assert answer.headers["Vary"] == "Accept"

    def test_a_resource_speaks_json_to_everybody(self, api):
        for accept in ("application/xml", "text/html"):
            answer = api.get("/3.1/domains/nope", headers={"Accept": accept}, status=404)
            assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
            assert answer.json["title"] == "404 Not Found"
            assert "Vary" not in answer.headers


class TestRepresentation:
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
