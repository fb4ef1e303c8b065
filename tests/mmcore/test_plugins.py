"""Plugins: sections of the ini file, classes, and packages with parts."""

from __future__ import annotations

import pytest

from mmcore.app import compose
from mmcore.config import Settings
from mmcore.errors import ConfigurationError
from mmcore.plugins import site_packages
from tests.support.weather.components.almanac import Almanac
from tests.support.weather.plugin import Silent, Weather

PLUGIN = "tests.support.weather.plugin"
PACKAGE = "tests.support.weather.components"


@pytest.fixture
def composed(tmp_path_factory):
    """Build an engine with plugins, given as a dictionary of their settings."""
    engines = []

    def composing(**plugins: dict[str, str]):
        values = {f"plugin.{name}": given for name, given in plugins.items()}
        settings = Settings.defaults(tmp_path_factory.mktemp("v"), values)
        settings.ensure_dirs()
        engines.append(compose(settings, "test"))
        return engines[-1]

    yield composing
    for engine in engines:
        engine.close()


class TestPlugins:
    def test_there_are_none_at_first(self, engine):
        assert engine.plugins == {}
        assert engine.settings.plugins == {}

    def test_those_that_are_enabled_are_built_with_the_engine(self, composed):
        engine = composed(
            weather={"class": f"{PLUGIN}.Weather", "enabled": "yes"},
            silent={"class": f"{PLUGIN}.Silent", "enabled": "yes"},
            other={"class": f"{PLUGIN}.Silent"},
        )
        assert {name: type(each) for name, each in engine.plugins.items()} == {
            "silent": Silent, "weather": Weather,
        }  # fmt: skip
        assert engine.plugins["weather"].engine is engine
        assert "rain" not in engine.rules

    def test_the_parts_of_their_packages_are_added(self, composed):
        engine = composed(weather={"component_package": PACKAGE, "enabled": "yes"})
        assert "rain" in engine.rules
        assert engine.plugins == {}
        assert site_packages(engine.settings) == {PACKAGE: "[plugin.weather] component_package"}

    def test_what_is_not_enabled_is_not_even_imported(self, composed):
        engine = composed(weather={"class": "no.such.Class", "component_package": "no.such"})
        assert engine.plugins == {}

    @pytest.mark.parametrize(
        ("setting", "value", "problem"),
        [
            ("class", "no_such_module.Class", "cannot import 'no_such_module'"),
            ("class", f"{PLUGIN}.Nobody", f"there is no class 'Nobody' in {PLUGIN}"),
            ("class", f"{PLUGIN}.not_callable", "there is no class 'not_callable'"),
            ("class", "Weather", "expected a dotted name"),
            ("class", ".Weather", "expected a dotted name"),
            ("component_package", "no_such_package", "cannot import 'no_such_package'"),
        ],
    )
    def test_what_is_not_there_is_named(self, composed, setting, value, problem):
        with pytest.raises(ConfigurationError) as caught:
            composed(weather={setting: value, "enabled": "yes"})
        assert str(caught.value).startswith(f"[plugin.weather] {setting}")
        assert problem in str(caught.value)


class TestSections:
    def test_unknown_settings_of_a_family_are_refused(self, tmp_path):
        with pytest.raises(ConfigurationError, match=r"\[plugin.x\] enable = .*enabled"):
            Settings.defaults(tmp_path, {"plugin.x": {"enable": "yes"}})

    @pytest.mark.parametrize("name", ["plugin.", "plugin.a b", "archiver.-x", "plugin.a.b"])
    def test_a_name_is_a_word(self, tmp_path, name):
        with pytest.raises(ConfigurationError, match="is not a section"):
            Settings.defaults(tmp_path, {name: {}})

    def test_a_site_adds_to_them(self, tmp_path):
        settings = Settings.defaults(
            tmp_path, {"archiver.kitty": {"enable": "yes"}, "plugin.x": {"class": "a.B"}}
        )
        assert settings.archivers["kitty"].enable is True
        stock = ["hyperkitty", "mail-archive", "mbox", "mhonarc", "prototype"]
        assert sorted(settings.archivers) == sorted(["kitty", *stock])
        assert settings.plugins["x"].enabled is False


class TestArchivers:
    @pytest.fixture
    def archivers(self, tmp_path_factory):
        """archivers(includes=…, **sections): the archivers of an engine with these sections."""
        engines = []

        def composing(includes="", **given):
            values = {f"archiver.{name}": each for name, each in given.items()}
            values["mmcore"] = {"includes": includes}
            settings = Settings.defaults(tmp_path_factory.mktemp("v"), values)
            settings.ensure_dirs()
            engines.append(compose(settings, "test"))
            return engines[-1].archivers

        yield composing
        for engine in engines:
            engine.close()

    def test_those_of_a_package_are_found(self, archivers):
        found = archivers(includes=PACKAGE, almanac={"enable": "yes"})
        assert type(found["almanac"]) is Almanac
        assert found["almanac"].is_enabled is True
        assert "prototype" in found

    def test_one_without_a_section_is_not_enabled(self, archivers):
        assert archivers(includes=PACKAGE)["almanac"].is_enabled is False

    def test_a_section_names_a_class(self, archivers):
        dotted = f"{PACKAGE}.almanac.Almanac"
        found = archivers(shelf={"class": dotted, "enable": "yes"})
        assert type(found["shelf"]) is Almanac
        assert found["shelf"].name == "shelf"
        assert "almanac" not in found

    def test_also_instead_of_a_built_in_one(self, archivers):
        dotted = f"{PACKAGE}.almanac.Almanac"
        assert type(archivers(mbox={"class": dotted, "enable": "yes"})["mbox"]) is Almanac
        assert type(archivers(mbox={"class": dotted})["mbox"]) is not Almanac

    def test_one_that_is_not_enabled_need_not_be_there(self, archivers):
        assert "kitty" not in archivers(kitty={"class": "no.such.Class"})

    @pytest.mark.parametrize(
        ("name", "section", "problem"),
        [
            ("mail_archive", {}, r"\[archiver.mail_archive\] there is no .* mail-archive, mbox"),
            ("kitty", {"class": "no_such_module.Class"}, r"\[archiver.kitty\] class = .* import"),
            ("kitty", {"class": f"{PACKAGE}.almanac.Nothing"}, "there is no class 'Nothing'"),
        ],
    )
    def test_one_that_is_enabled_has_to_be_there(self, archivers, name, section, problem):
        with pytest.raises(ConfigurationError, match=problem):
            archivers(**{name: {**section, "enable": "yes"}})
