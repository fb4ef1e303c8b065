"""`/3.0/lists/{list}/config`: template URIs as attributes (rest-api 6.2, Q27)."""

from __future__ import annotations

import pytest

from resources.lists.config_schema import READ_ONLY, TEMPLATES


class TestTemplatesOfTheOlderApi:
    @pytest.fixture
    def old(self, ant):
        return f"/3.0/lists/{ant}/config"

    @pytest.fixture
    def uris(self, ant):
        return f"/3.1/lists/{ant}/uris"

    @pytest.mark.parametrize(("name", "template"), TEMPLATES.items())
    def test_each_is_a_template_of_the_newer_one(self, api, old, uris, name, template):
        assert api.get(f"{old}/{name}").json[name] == ""
        for call in (api.patch, api.patch_json, api.put, api.put_json):
            call(f"{old}/{name}", {name: "http://example.com/"}, status=204)
            assert api.get(f"{old}/{name}").json[name] == "http://example.com/"
            assert api.get(old).json[name] == "http://example.com/"
            assert api.get(f"{uris}/{template}").json["uri"] == "http://example.com/"
            api.patch(old, {name: ""}, status=204)
            api.get(f"{uris}/{template}", status=404)
        api.patch(uris, {template: "there:"})
        assert api.get(old).json[name] == "there:"

    def test_put_of_all_may_leave_them_out(self, api, old, uris):
        given = api.get(old).json
        for name in (*READ_ONLY, *TEMPLATES, "http_etag"):
            del given[name]
        api.patch(old, {"footer_uri": "footer:"})
        api.put_json(old, given, status=204)
        assert api.get(old).json["footer_uri"] == "footer:"
        api.put_json(old, {**given, "footer_uri": "", "header_uri": "header:"}, status=204)
        answer = api.get(old).json
        assert (answer["footer_uri"], answer["header_uri"]) == ("", "header:")

    def test_sent_back_as_it_is_it_keeps_its_credentials(self, api, old, uris):
        template = TEMPLATES["footer_uri"]
        api.patch(uris, {template: "footer:", "username": "anne", "password": "secret"})
        api.patch(old, {"footer_uri": "footer:"}, status=204)
        assert api.get(uris).json["entries"][0]["username"] == "anne"
        api.patch(old, {"footer_uri": "other:"}, status=204)
        assert "username" not in api.get(uris).json["entries"][0]

    def test_put_needs_its_own_name(self, api, old):
        answer = api.put(f"{old}/footer_uri", status=400)
        assert answer.json["description"] == "Missing Parameter: footer_uri"
        answer = api.put(f"{old}/footer_uri", {"header_uri": "x:"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: header_uri"
        api.patch(f"{old}/footer_uri", status=204)

    def test_they_cannot_be_deleted(self, api, old):
        answer = api.delete(f"{old}/footer_uri", status=400)
        assert answer.json["description"] == "Read-only attribute: footer_uri"

    @pytest.mark.parametrize("name", TEMPLATES)
    def test_the_newer_api_does_not_know_them(self, api, ant, old, name):
        config = f"/3.1/lists/{ant}/config"
        text = f"Unknown attribute: {name}"
        assert api.patch(config, {name: "x:"}, status=400).json["description"] == text
        for call in (api.get, api.patch, api.put):
            assert call(f"{config}/{name}", status=404).json["description"] == text
        given = api.get(config).json
        for other in (*READ_ONLY, "http_etag"):
            del given[other]
        answer = api.put_json(config, {**given, name: "x:"}, status=400)
        assert answer.json["description"] == f"Unexpected parameters: {name}"
