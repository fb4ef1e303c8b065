"""`/plugins` (rest-api section 22)."""

from __future__ import annotations

import pytest

from mmcore.app import compose
from mmcore.config import load
from resources.wsgi import make_app
from tests.mmcore.test_plugins import PACKAGE, PLUGIN
from tests.resources.conftest import BASE, Client

PLUGINS = "/3.1/plugins"
WEATHER = f"{PLUGINS}/weather"
INI = f"""
[plugin.weather]
class = {PLUGIN}.Weather
enabled = yes
configuration = weather.cfg
component_package = {PACKAGE}
[plugin.silent]
class = {PLUGIN}.Silent
enabled = yes
[plugin.choosy]
class = {PLUGIN}.Choosy
enabled = yes
[plugin.picky]
class = {PLUGIN}.Choosy
enabled = yes
[plugin.away]
class = no.such.Class
"""


@pytest.fixture
def plugged(database, settings, tmp_path):
    """A client of a site with plugins."""
    path = tmp_path / "test.ini"
    var_dir = settings.paths.var_dir
    path.write_text(f"[paths]\nvar_dir = {var_dir}\n[webservice]\nadmin_pass = restpass\n{INI}")
    settings = load(path)
    engine = compose(settings, "plugged")
    client = Client(make_app(engine, database, settings))
    client.authorization = ("Basic", ("restadmin", "restpass"))
    yield client
    engine.close()


class TestCollection:
    def test_none(self, api):
        answer = api.get(PLUGINS).json
        assert "entries" not in answer
        assert answer["total_size"] == 0

    def test_all_by_name_with_what_the_settings_say(self, plugged):
        answer = plugged.get(PLUGINS).json
        entries = answer["entries"]
        names = ["away", "choosy", "picky", "silent", "weather"]
        assert [entry["name"] for entry in entries] == names
        assert all(entry.pop("http_etag") for entry in entries)
        assert entries[0] == {"name": "away", "class": "no.such.Class", "enabled": False}
        assert entries[4] == {
            "name": "weather",
            "class": f"{PLUGIN}.Weather",
            "enabled": True,
            "configuration": "weather.cfg",
        }
        assert "self_link" not in answer

    def test_by_page(self, plugged):
        page = plugged.get(f"{PLUGINS}?count=2&page=3").json
        assert (page["start"], page["total_size"]) == (4, 5)
        assert [entry["name"] for entry in page["entries"]] == ["weather"]

    def test_methods(self, plugged):
        for method in (plugged.post, plugged.put, plugged.patch, plugged.delete):
            assert method(PLUGINS, status=405).headers["Allow"] == "GET, OPTIONS"

    def test_3_0_has_none(self, plugged):
        for path in ("", "/weather"):
            assert plugged.get(f"/3.0/plugins{path}", status=404).charset is None

    def test_sections_are_in_the_configuration(self, plugged):
        shown = plugged.get("/3.1/system/configuration/plugin.weather").json
        assert shown["enabled"] == "yes"
        assert shown["component_package"] == PACKAGE


class TestOwnResources:
    @pytest.mark.parametrize("path", ["/nope", "/away", "/silent", "/picky", "/", "/silent/x"])
    def test_what_is_not_there_is_404(self, plugged, path):
        for method in (plugged.get, plugged.post):
            assert method(PLUGINS + path, status=404).charset is None

    def test_a_plugin_says_what_its_root_is(self, plugged):
        answer = plugged.get(WEATHER).json
        assert answer.pop("http_etag")
        assert answer == {"sky": "blue", "lists": 0, "self_link": f"{BASE}/plugins/weather"}
        plugged.get(f"{PLUGINS}/choosy", status=200)

    def test_and_what_is_below(self, plugged):
        assert plugged.get(f"{WEATHER}/stars/vega").json["name"] == "vega"
        plugged.get(f"{WEATHER}/stars", status=404)
        plugged.get(f"{WEATHER}/stars/sun", status=404)
        plugged.get(f"{WEATHER}/moon", status=404)

    def test_its_parameters_are_checked_like_all(self, plugged):
        plugged.post(WEATHER, {"sky": "grey"}, status=204)
        answer = plugged.post(WEATHER, {}, status=400)
        assert answer.json["description"] == "Missing Parameter: sky"
        answer = plugged.delete(WEATHER, status=405)
        assert answer.headers["Allow"] == "GET, POST, OPTIONS"

    def test_nobody_gets_there_without_a_password(self, plugged):
        plugged.authorization = None
        plugged.get(WEATHER, status=401)
