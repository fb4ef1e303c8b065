"""Parts are found by their markers, and site packages may replace them."""

from __future__ import annotations

import sys

import pytest

from mmcore.directives import scan
from mmcore.errors import ConfigurationError


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Write modules of marked classes; they are gone after the test."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, **classes: tuple[str, str]) -> str:
        lines = ["from mmcore import directives"]
        for class_name, (kind, part_name) in classes.items():
            lines += [f"@directives.{kind}", f"class {class_name}:", f"    name = {part_name!r}"]
        (tmp_path / f"{name}.py").write_text("\n".join(lines))
        # Forgotten at the end, so that the next test may use the name again.
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    yield make
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)


class TestScan:
    def test_marked_classes_are_found_by_kind_and_name(self, package):
        found = scan([package("one", A=("rule", "a"), B=("chain", "a"))]).found
        assert found["rule"]["a"].__name__ == "A"
        assert found["chain"]["a"].__name__ == "B"

    def test_two_of_one_name_stop_the_start(self, package):
        with pytest.raises(
            ConfigurationError, match=r"two rules are named .a.: one\.A and two\.B"
        ):
            scan([package("one", A=("rule", "a")), package("two", B=("rule", "a"))])

    def test_a_site_package_may_replace_a_part(self, package):
        found = scan(
            [package("one", A=("rule", "a"))], {package("ours", Mine=("rule", "a")): "ours"}
        )
        assert found.found["rule"]["a"].__name__ == "Mine"

    def test_a_site_package_that_is_not_there_is_named(self):
        with pytest.raises(ConfigurationError, match=r"includes.*no_such_package"):
            scan([], {"no_such_package": "[mmcore] includes"})
