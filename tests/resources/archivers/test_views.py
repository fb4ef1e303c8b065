"""`/lists/{list}/archivers` (rest-api section 8)."""

from __future__ import annotations

import pytest

from mmcore.config import load

PATHS = ["/3.1/lists/ant.example.com/archivers", "/3.0/lists/ant@example.com/archivers"]
PATH = PATHS[0]


@pytest.fixture
def two(ant, engine):
    """The site has mail-archive and prototype."""
    engine.settings.archivers["mail-archive"].enable = True
    engine.settings.archivers["prototype"].enable = True


def flags(api, path=PATH):
    answer = api.get(path).json
    assert answer.pop("http_etag")
    return answer


class TestArchivers:
    @pytest.mark.parametrize("path", PATHS)
    def test_none_is_enabled_at_first(self, api, ant, path):
        assert flags(api, path) == {}
        answer = api.patch(path, {"prototype": "yes"}, status=400)
        assert answer.json["description"] == "Unexpected parameters: prototype"
        api.put(path, status=204)

    @pytest.mark.parametrize("path", PATHS)
    def test_those_of_the_site_are_shown(self, api, two, path):
        assert flags(api, path) == {"mail-archive": True, "prototype": True}

    @pytest.mark.parametrize("path", PATHS)
    @pytest.mark.parametrize("value", ["no", "False", "0", "off"])
    def test_patch_changes_some(self, api, two, path, value):
        assert api.patch(path, {"prototype": value}, status=204).body == b""
        assert flags(api) == {"mail-archive": True, "prototype": False}
        api.patch(path, status=204)
        api.patch(path, {"prototype": "True"}, status=204)
        assert flags(api) == {"mail-archive": True, "prototype": True}

    def test_json_has_booleans(self, api, two):
        api.patch_json(PATH, {"prototype": False}, status=204)
        assert flags(api)["prototype"] is False
        api.put_json(PATH, {"prototype": True, "mail-archive": "no"}, status=204)
        assert flags(api) == {"mail-archive": False, "prototype": True}

    def test_put_needs_all(self, api, two):
        answer = api.put(PATH, {"prototype": "no"}, status=400)
        assert answer.json["description"] == "Missing Parameter: mail-archive"
        api.put(PATH, {"prototype": "no", "mail-archive": "no"}, status=204)
        assert flags(api) == {"mail-archive": False, "prototype": False}

    @pytest.mark.parametrize("name", ["mhonarc", "nope", "http_etag"])
    def test_disabled_and_unknown_ones_cannot_be_set(self, api, two, name):
        answer = api.patch(PATH, {name: "yes", "prototype": "no"}, status=400)
        assert answer.json["description"] == f"Unexpected parameters: {name}"
        assert flags(api)["prototype"] is True

    def test_a_bad_value_changes_nothing(self, api, two):
        answer = api.patch(PATH, {"mail-archive": "no", "prototype": "maybe"}, status=400)
        assert answer.json["description"] == "Invalid boolean value: maybe"
        for value in (None, 2, [], "", {}):
            api.patch_json(PATH, {"mail-archive": False, "prototype": value}, status=400)
        api.patch(PATH, [("prototype", "no"), ("prototype", "no")], status=400)
        assert flags(api) == {"mail-archive": True, "prototype": True}

    def test_methods(self, api, two):
        for method in (api.post, api.delete):
            assert method(PATH, status=405).headers["Allow"] == "GET, PATCH, PUT, OPTIONS"
        api.get(f"{PATH}/prototype", status=404)
        api.get(f"{PATH}/", status=404)

    def test_an_unknown_list_is_404(self, api, two):
        for method in (api.get, api.patch, api.put):
            answer = method("/3.1/lists/bee.example.com/archivers", status=404)
            assert answer.charset is None

    def test_they_go_with_their_list(self, api, ant, two):
        api.patch(PATH, {"prototype": "no"}, status=204)
        api.delete(f"/3.1/lists/{ant}", status=204)
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
        assert flags(api)["prototype"] is True


class TestSettings:
    def test_a_site_may_have_more(self, api, ant, engine, tmp_path):
        path = tmp_path / "test.ini"
        path.write_text("[archiver.hyperkitty]\nenable = yes\nclass = kitty.Archiver\n")
        engine.settings = load(path)
        assert flags(api) == {"hyperkitty": True}
        api.patch(PATH, {"hyperkitty": "no"}, status=204)
        assert flags(api) == {"hyperkitty": False}
        answer = api.get("/3.1/system/configuration").json["sections"]
        assert [name for name in answer if name.startswith("archiver.")] == [
            "archiver.hyperkitty", "archiver.mail-archive", "archiver.mbox", "archiver.mhonarc",
            "archiver.prototype",
        ]  # fmt: skip
        shown = api.get("/3.1/system/configuration/archiver.hyperkitty").json
        assert shown["class"] == "kitty.Archiver"
        assert shown["enable"] == "yes"
        assert {"configuration", "clobber_date", "clobber_skew"} < set(shown)
