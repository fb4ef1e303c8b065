"""`templates` of API 3.0 (rest-api section 24): nothing is ever there."""

from __future__ import annotations

import pytest


class TestTemplates:
    @pytest.mark.parametrize(
        "path", ["ant.example.com/welcome", "nope/x/en", "ant@example.com/a/b"]
    )
    def test_texts_are_not_found(self, api, ant, path):
        answer = api.get(f"/3.0/templates/{path}", status=404)
        assert answer.headers["Content-Type"] == "application/json"
        assert api.options(f"/3.0/templates/{path}").headers["Allow"] == "GET"
        answer = api.post(f"/3.0/templates/{path}", {}, status=405)
        assert answer.headers["Allow"] == "GET, OPTIONS"

    @pytest.mark.parametrize(
        "path", ["", "/", "/ant.example.com", "/a/b/c/d", "/a/b/c/d/e", "/a/b/c/"]
    )
    def test_too_few_or_too_many_segments_are_400(self, api, ant, path):
        for method in (api.get, api.post, api.put, api.patch, api.delete):
            answer = method(f"/3.0/templates{path}", status=400)
            assert answer.json["title"] == "400 Bad Request"
            assert answer.headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize("path", ["", "/", "/ant.example.com", "/a/b", "/a/b/c", "/a/b/c/d"])
    def test_the_newer_api_has_no_such_thing(self, api, ant, path):
        answer = api.get(f"/3.1/templates{path}", status=404)
        assert answer.headers["Content-Type"] == "application/json"
