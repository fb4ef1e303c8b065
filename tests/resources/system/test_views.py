from __future__ import annotations

from mmcore import __version__
from tests.resources.conftest import BASE


class TestVersions:
    def test_versions_say_who_answers(self, api):
        answer = api.get("/3.1/system/versions").json
        assert answer["mailman_version"] == f"mmcore {__version__}"
        assert answer["api_version"] == "3.1"
        assert answer["self_link"] == f"{BASE}/system/versions"
        assert answer["http_etag"].startswith('"')

    def test_system_is_an_alias_of_versions(self, api):
        assert api.get("/3.1/system").json == api.get("/3.1/system/versions").json

    def test_the_older_api_says_so(self, api):
        answer = api.get("/3.0/system").json
        assert answer["api_version"] == "3.0"
        assert answer["self_link"] == "http://localhost:8001/3.0/system/versions"

    def test_nothing_lies_below(self, api):
        for name in ("versions", "preferences", "pipelines", "chains"):
            for below in ("/more", "/", "/more/still"):
                answer = api.get(f"/3.1/system/{name}{below}", status=400)
                assert answer.headers["Content-Type"] == "application/json"
        for name in ("nonesuch", ""):
            answer = api.get(f"/3.1/system/{name}", status=404)
            assert answer.headers["Content-Type"] == "application/json"

    def test_all_can_only_be_read(self, api):
        for name in ("", "/versions", "/preferences", "/pipelines", "/chains", "/configuration"):
            for version in ("3.0", "3.1"):
                path = f"/{version}/system{name}"
                assert api.options(path).headers["Allow"] == "GET"
                for method in (api.post, api.put, api.patch, api.delete):
                    assert method(path, status=405).headers["Allow"] == "GET, OPTIONS"


class TestDefaults:
    def test_site_preferences_are_complete(self, api):
        answer = api.get("/3.1/system/preferences").json
        del answer["http_etag"]
        assert answer == {
            "acknowledge_posts": False,
            "delivery_mode": "regular",
            "delivery_status": "enabled",
            "hide_address": True,
            "preferred_language": "en",
            "receive_list_copy": True,
            "receive_own_postings": True,
            "self_link": f"{BASE}/system/preferences",
        }

    def test_site_preferences_cannot_be_changed(self, api):
        answer = api.patch("/3.1/system/preferences", {"hide_address": "no"}, status=405)
        assert answer.headers["Allow"] == "GET, OPTIONS"


class TestParts:
    def test_pipelines_are_sorted(self, api):
        for version in ("3.0", "3.1"):
            answer = api.get(f"/{version}/system/pipelines").json
            assert answer.pop("http_etag")
            names = ["default-owner-pipeline", "default-posting-pipeline", "virgin"]
            assert answer == {"pipelines": names}

    def test_chains_are_sorted(self, api):
        names = ["accept", "default-owner-chain", "default-posting-chain", "discard", "dmarc",
                 "header-match", "hold", "moderation", "reject"]  # fmt: skip
        assert api.get("/3.1/system/chains").json["chains"] == names
