"""Keep the catalogs in step with the code: `python -m i18n.maintain [--check]`.

Collects what `_()`, `mark()` and `ngettext()` are called with into
`locale/mmcore.pot`, brings every `.po` up to date with it and compiles the
`.mo` files, which are committed so that an installation needs no tools.  With
`--check` nothing is written: the exit status is 1 if something is stale.

A tool of the checkout; it needs Babel, which nothing that is installed does.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from i18n.languages import DOMAIN

#: The checkout.
ROOT = Path(__file__).resolve().parent.parent
#: Packages with texts.
PACKAGES = ("mmcore", "resources", "runners")

_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "mark": None, "ngettext": (1, 2)}
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
_DATES = ("POT-Creation-Date", "PO-Revision-Date", "Generated-By")
_HEADER = "# Texts of mmcore.  Made by `make catalogs`: do not edit.\n#"


def extract(root: Path = ROOT) -> Catalog:
    """Collect all marked texts below `root`."""
    catalog = Catalog(
        project=DOMAIN, charset="utf-8", header_comment=_HEADER, creation_date=_NO_DATE
    )
    for package in PACKAGES:
        found = extract_from_dir(
            root / package,
            method_map=[("**.py", "python")],
            keywords=_KEYWORDS,
            comment_tags=("Translators:",),
            strip_comment_tags=True,
        )
        for path, _line, message, comments, context in found:
            location = (f"{package}/{path}", 1)
            catalog.add(message, None, [location], auto_comments=comments, context=context)
    return catalog


def maintain(root: Path = ROOT, check: bool = False) -> list[Path]:
    """Bring all catalogs up to date; returns the files that were stale."""
    return [path for path, data in _wanted(root) if _put(path, data, check)]


def _wanted(root: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file with the content that it should have."""
    template = extract(root)
    folder = root / "i18n" / "locale"
    yield folder / f"{DOMAIN}.pot", _po_bytes(template)
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=path.parent.parent.name, domain=DOMAIN)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        yield path, _po_bytes(catalog)
        compiled = io.BytesIO()
        write_mo(compiled, _Dateless(catalog))  # type: ignore[arg-type]
        yield path.with_suffix(".mo"), compiled.getvalue()


class _Dateless:
    """As much of a catalog as the compiler wants, made alike at any time by any Babel."""

    def __init__(self, catalog: Catalog) -> None:
        self.charset = catalog.charset
        self.num_plurals = catalog.num_plurals
        self._messages = list(catalog)

    def __iter__(self) -> Iterator[Message]:
        header, *messages = self._messages
        lines = str(header.string).splitlines(True)
        yield Message("", "".join(line for line in lines if not line.startswith(_DATES)))
        yield from messages


def _po_bytes(catalog: Catalog) -> bytes:
    """The text of a catalog: no line numbers, no dates, so that only changes show."""
    stream = io.BytesIO()
    write_po(stream, catalog, sort_by_file=True, include_lineno=False, width=79)
    return b"".join(line for line in stream.getvalue().splitlines(True) if not _is_date(line))


def _is_date(line: bytes) -> bool:
    return line.startswith(tuple(b'"' + name.encode("ascii") for name in _DATES))


def _put(path: Path, data: bytes, check: bool) -> bool:
    """Write the file, unless it has that content or this is a check; was it stale?"""
    if path.is_file() and path.read_bytes() == data:
        return False
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return True


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m i18n.maintain", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    options = parser.parse_args(arguments)
    stale = maintain(options.root, options.check)
    for path in stale:
        print("stale:" if options.check else "written:", path.relative_to(options.root))
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
