"""The tool that keeps the catalogs in step with the code."""

from __future__ import annotations

import ast
import gettext
from collections.abc import Iterator
from pathlib import Path
from string import Template

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from i18n.maintain import PACKAGES, ROOT, main

LOCALE = ROOT / "i18n" / "locale"
CATALOGS = sorted(LOCALE.glob("*/LC_MESSAGES/mmcore.po"))

CODE = """\
from i18n import _, mark, ngettext

a = _("Translated at once, $name", name=1)
b = mark("Marked "
         "for later")
# Translators: seen in a heading.
c = ngettext("one", "many", 2)
d = other("not marked")
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A small checkout with one translation."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "mmcore" / "part.py").write_text(CODE)
    folder = tmp_path / "i18n" / "locale" / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "mmcore.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
        'msgid "Marked for later"\nmsgstr "pour plus tard"\n'
    )
    return tmp_path


def read(path: Path) -> Catalog:
    """Read a .po or .pot file."""
    with path.open("rb") as stream:
        return read_po(stream)


class TestTool:
    def test_marked_texts_are_collected(self, checkout: Path) -> None:
        assert main(["--root", str(checkout)]) == 0
        template = read(checkout / "i18n" / "locale" / "mmcore.pot")
        assert {message.id for message in template if message.id} == {
            "Translated at once, $name",
            "Marked for later",
            ("one", "many"),
        }

    def test_translations_are_kept_and_compiled(self, checkout: Path) -> None:
        main(["--root", str(checkout)])
        folder = checkout / "i18n" / "locale" / "fr" / "LC_MESSAGES"
        assert len(read(folder / "mmcore.po")) == 3
        with (folder / "mmcore.mo").open("rb") as stream:
            translations = gettext.GNUTranslations(stream)
        assert translations.gettext("Marked for later") == "pour plus tard"
        # Neither the time nor the version of a tool makes a catalog stale.
        assert not {"pot-creation-date", "generated-by"} & set(translations.info())

    def test_second_run_changes_nothing(
        self, checkout: Path, capsys: pytest.CaptureFixture
    ) -> None:
        main(["--root", str(checkout)])
        capsys.readouterr()
        assert main(["--root", str(checkout)]) == 0
        assert capsys.readouterr().out == ""
        assert main(["--root", str(checkout), "--check"]) == 0

    def test_check_says_what_is_stale_and_writes_nothing(
        self, checkout: Path, capsys: pytest.CaptureFixture
    ) -> None:
        assert main(["--root", str(checkout), "--check"]) == 1
        assert "stale: i18n/locale/mmcore.pot" in capsys.readouterr().out
        assert not (checkout / "i18n" / "locale" / "mmcore.pot").exists()

    def test_new_text_makes_the_catalogs_stale(self, checkout: Path) -> None:
        main(["--root", str(checkout)])
        (checkout / "runners" / "new.py").write_text('mark("Something new")\n')
        assert main(["--root", str(checkout), "--check"]) == 1


class TestCatalogs:
    @pytest.mark.parametrize("path", CATALOGS, ids=lambda path: path.parent.parent.name)
    def test_placeholders_and_slots_are_those_of_the_english_text(self, path: Path) -> None:
        for message in read(path):
            ids = [message.id] if isinstance(message.id, str) else list(message.id)
            found = message.string
            texts = [found] if isinstance(found, str) else list(found or ())
            for text in filter(None, texts if ids[0] else ()):
                names = {name for source in ids for name in Template(source).get_identifiers()}
                assert set(Template(text).get_identifiers()) <= names, ids
                assert Template(text).is_valid() == Template(ids[0]).is_valid(), ids
                assert text.count("{") == ids[0].count("{"), ids
                assert text.endswith("\n") == ids[0].endswith("\n"), ids

    def test_german_is_complete(self) -> None:
        messages = read(LOCALE / "de" / "LC_MESSAGES" / "mmcore.po")
        # Of a text with a plural all forms.
        assert [m.id for m in messages if not all(_forms(m.string))] == []

    def test_no_text_stands_where_it_is_not_collected(self) -> None:
        # Whether one inside of an f-string is found depends on the version of Python.
        collected = {_forms(message.id)[0] for message in read(LOCALE / "mmcore.pot")}
        files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
        assert {text for path in files for text in _marked(path)} <= collected


def _forms(texts: str | tuple[str, ...]) -> list[str]:
    """The forms of a text: one if it has no plural."""
    return [texts] if isinstance(texts, str) else list(texts)


def _marked(path: Path) -> Iterator[str]:
    """The texts that the code of a file marks, as Python itself understands it."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            text = node.args[0]
            if node.func.id in {"_", "mark", "ngettext"} and isinstance(text, ast.Constant):
                yield text.value
