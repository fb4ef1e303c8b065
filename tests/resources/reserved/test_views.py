"""`/reserved` (rest-api section 23)."""

from __future__ import annotations

import pytest

DESCRIBED = {"title": "404 Not Found", "description": "404 Not Found"}


@pytest.mark.parametrize("api_version", ["3.0", "3.1"])
class TestReserved:
    def test_what_there_is(self, api, api_version):
        assert api.delete(f"/{api_version}/reserved/uids/orphans", status=204).body == b""
        assert api.get(f"/{api_version}/reserved/reset", status=204).body == b""

    def test_ids_in_use_stay(self, api, subscribe, api_version):
        member = subscribe("anne@example.com")
        api.delete(f"/{api_version}/reserved/uids/orphans", status=204)
        api.get(member, status=200)

    @pytest.mark.parametrize("path", ["", "/", "/x", "/uids", "/uids/orphans/x", "/reset/"])
    def test_other_paths_are_404(self, api, api_version, path):
        for method in (api.get, api.delete):
            answer = method(f"/{api_version}/reserved{path}", status=404)
            assert answer.json == DESCRIBED
            assert answer.charset == "UTF-8"

    def test_each_has_one_method(self, api, api_version):
        api.get(f"/{api_version}/reserved/uids/orphans", status=404)
        api.delete(f"/{api_version}/reserved/reset", status=404)

    @pytest.mark.parametrize("path", ["", "/x", "/uids/orphans", "/reset"])
    def test_other_methods_are_405(self, api, api_version, path):
        for method in (api.post, api.put, api.patch):
            answer = method(f"/{api_version}/reserved{path}", status=405)
            assert answer.headers["Allow"] == "DELETE, GET, OPTIONS"
        assert api.options(f"/{api_version}/reserved{path}").headers["Allow"] == "DELETE, GET"
