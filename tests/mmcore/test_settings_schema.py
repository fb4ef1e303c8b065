"""The declarations themselves."""

from mmcore.settings_schema import RUNNER_NAMES, sections
from mmcore.settings_types import PATH


class TestDeclarations:
    def test_every_default_is_of_its_kind(self):
        for keys in sections().values():
            for key in keys:
                key.kind.parse(key.default)

    def test_every_setting_says_what_it_is_for(self):
        for keys in sections().values():
            for key in keys:
                assert key.meaning[0].isupper() or key.meaning[0] in "…" or ":" in key.meaning, key
                assert len(key.meaning) > 8, key

    def test_no_section_declares_a_key_twice(self):
        for name, keys in sections().items():
            names = [key.name for key in keys]
            assert len(set(names)) == len(names), name

    def test_path_names_are_unique_because_others_refer_to_them(self):
        names = [key.name for keys in sections().values() for key in keys if key.kind is PATH]
        assert len(set(names)) == len(names)

    def test_every_runner_has_a_section(self):
        assert {f"runner.{name}" for name in RUNNER_NAMES} < sections().keys()
