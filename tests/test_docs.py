"""The pages of the documentation name things that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcore.settings_schema import OPEN_FAMILIES, RUNNER_PREFIX, sections
from tests.support.engine import ROOT
from tests.support.walkthrough import Clone, Place, fits, ids, section, steps

PAGES = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("bench/*.md")],
    key=lambda path: path.relative_to(ROOT).as_posix(),
)
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCED = re.compile(r"^```.*?^```\n", re.MULTILINE | re.DOTALL)
#: What is in backticks and begins like this is a path of the repository.
FOLDERS = ("mmcore/", "resources/", "runners/", "i18n/", "templates/", "tests/", "docs/", "bench/")
#: Examples of what a reader adds, and what a run writes.
NOT_THERE = ("templates/fr/", "i18n/locale/fr/", "bench/mmcore.json", "bench/mailman.json")
#: Two ids.
ONE, TWO = "1" * 32, "2" * 32


def prose(name: str) -> str:
    """A page without its blocks of commands and output."""
    return FENCED.sub("", (ROOT / name).read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What a link may name after `#` in a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", NAMES)
class TestPages:
    def test_relative_links_lead_somewhere(self, name):
        for link in LINK.findall(prose(name)):
            if link.startswith(("http://", "https://")):
                continue
            path, _, anchor = link.partition("#")
            target = (ROOT / name).parent / path if path else ROOT / name
            assert target.exists(), link
            assert not anchor or anchor in anchors(target), link

    def test_paths_in_backticks_exist(self, name):
        for text in CODE.findall(prose(name)):
            is_path = text.startswith(FOLDERS) and not re.search(r"[ <>*{]", text)
            if is_path and not text.startswith(NOT_THERE):
                assert (ROOT / text).exists(), text

    def test_lines_are_not_long_and_say_nothing_of_where_they_were_written(self, name):
        if not name.startswith("bench/"):
            assert "../" not in re.sub(LINK, "", prose(name))
        assert "/tmp" not in (ROOT / name).read_text(encoding="utf-8")
        for line in prose(name).splitlines():
            assert line == line.rstrip(), line
            assert len(line) <= 110 or line.startswith("|"), line


class TestConfiguration:
    def test_every_setting_is_in_the_tables(self):
        text = prose("docs/configuration.md")
        families = {RUNNER_PREFIX, *OPEN_FAMILIES}
        for name, keys in sections(f"{family}x" for family in OPEN_FAMILIES).items():
            family = name.partition(".")[0] + "."
            heading = f"{family}NAME" if family in families else name
            table = text.partition(f"\n### [{heading}]\n")[2].partition("\n### ")[0]
            for key in keys:
                assert f"| `{key.name}` |" in table, f"[{name}] {key.name}"
                assert key.meaning.replace("|", "\\|") in table

    def test_the_tables_are_those_that_the_script_makes(self):
        sys.path.insert(0, str(ROOT / "docs"))
        try:
            import configuration
        finally:
            sys.path.remove(str(ROOT / "docs"))
        text = configuration.PAGE.read_text(encoding="utf-8")
        assert text == configuration.page(text), "run `.venv/bin/python docs/configuration.py`"


class TestArchitecture:
    def test_every_folder_of_code_is_in_the_house(self):
        house = section(prose("ARCHITECTURE.md"), "2. The house")
        for package in sorted((ROOT / "mmcore").glob("*/__init__.py")):
            assert f"`mmcore/{package.parent.name}/`" in house, package.parent

    def test_every_layer_is_in_the_table(self):
        table = prose("ARCHITECTURE.md").partition("### Who may import whom")[2]
        contract = (ROOT / "setup.cfg").read_text(encoding="utf-8").partition("layers =\n")[2]
        for layer in re.findall(r"[\w.]+", contract):
            short = layer.removeprefix("mmcore.")
            assert f"`{layer}`" in table or f"`{short}`" in table or layer == "mmcore.archivers"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A copy of the tree with its engine running."""
    clone = Clone(Path(tmp_path_factory.mktemp("d")))
    clone.start("make run")
    yield clone
    clone.stop()


class TestExamples:
    """The commands of other pages; the README and `docs/rest/` have tests of their own."""

    def test_examples_print_what_the_page_says(self, clone):
        found = steps((ROOT / "docs" / "configuration.md").read_text(encoding="utf-8"))
        assert found
        for step in found:
            clone.try_out(step)


class TestWalkthrough:
    """The comparison itself: it has to notice something."""

    def test_what_changes_each_time_does_not_matter(self):
        assert fits("pid 12, 2026-11-21T00:57:07", "pid 7, 2024-01-01T10:00:00")
        assert fits("a\n…\nz\n", "a\nb\nc\nz\n")

    def test_anything_else_does(self):
        assert not fits("a\nb\n", "a\n")
        assert not fits("201", "202")
        assert not fits("a\n…\nz\n", "a\nb\n")

    def test_ids_are_others_but_the_same_ones_everywhere(self):
        assert ids(f"x {ONE} {ONE} y {TWO}", f"x {TWO} {TWO} y {ONE}") == {ONE: TWO, TWO: ONE}
        assert ids(f"{ONE} {ONE}", f"{ONE} {TWO}") is None
        assert ids(ONE, "members") is None
        assert ids("members", ONE) is None

    def test_ids_of_a_page_are_those_of_the_run_in_what_is_typed_later(self, tmp_path):
        place = Place(tmp_path, {"8001": "4711"})
        assert place.is_right(f"made {ONE}", f"made {TWO}")
        assert place.type(f"echo {ONE} :8001 180012") == f"{TWO} :8001 180012\n"
        assert place.is_right(f"again {ONE}", f"again {TWO}")
        assert not place.is_right(f"again {ONE}", f"again {ONE}")


def test_commands_named_in_operations_exist():
    done = subprocess.run(
        [sys.executable, "-m", "mmcore.commands.main", "--help"],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    known = set(re.findall(r"^  ([a-z-]+)  ", done.stdout, re.MULTILINE))
    named = set(re.findall(r"`mmcore ([a-z-]+)", prose("docs/operations.md")))
    assert named <= known
