"""Write the tables of docs/configuration.md anew: `python docs/configuration.py`.

They are made from `mmcore/settings_schema.py`, the one place where settings are
declared.  The prose around them is written by hand.
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmcore.settings_schema import (
    ARCHIVER_NAMES,
    ARCHIVER_PREFIX,
    OPEN_FAMILIES,
    RUNNER_NAMES,
    RUNNER_PREFIX,
    SECTIONS,
    Key,
    sections,
)

PAGE = Path(__file__).resolve().with_name("configuration.md")
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`{_cell(text)}`" if text else "(empty)"


def _kind(key: Key) -> str:
    """The kind of a value: its name, or what there is to choose from."""
    if key.kind.name != "choice":
        return key.kind.name
    return ", ".join(f"`{name}`" for name in key.kind.expected.removeprefix("one of ").split(", "))


def _table(keys: Iterable[tuple[Key, str]]) -> Iterator[str]:
    """The rows of settings, each with its default as it is shown."""
    yield "| Setting | Kind | Default | Meaning |"
    yield "|---|---|---|---|"
    for key, default in keys:
        yield f"| `{key.name}` | {_kind(key)} | {default} | {_cell(key.meaning)} |"


def _runner_default(name: str) -> str:
    """The defaults of one setting of all runners: the usual one, then the others."""
    by_default: dict[str, list[str]] = {}
    for runner in RUNNER_NAMES:
        for key in sections()[RUNNER_PREFIX + runner]:
            if key.name == name:
                by_default.setdefault(key.default, []).append(runner)
    (usual, _), *others = by_default.items()
    return "; ".join(
        [_code(usual), *(f"{_code(text)} for {', '.join(names)}" for text, names in others)]
    )


def _names(prefix: str) -> list[str]:
    """What may stand for NAME in a family to which a site can add."""
    stock = [f"`{name}`" for name in ARCHIVER_NAMES if prefix == ARCHIVER_PREFIX]
    text = f"NAME is one of {', '.join(stock)}, or another" if stock else "NAME is one"
    text += " that you choose, of letters, digits, hyphens and underscores."
    return textwrap.wrap(text, 99)


def tables() -> str:
    """All tables, with their headings."""
    parts = []
    for section, keys in SECTIONS.items():
        parts += [f"### [{section}]", "", *_table((key, _code(key.default)) for key in keys), ""]
    keys = sections()[f"{RUNNER_PREFIX}in"]
    parts += [f"### [{RUNNER_PREFIX}NAME]", ""]
    names = ", ".join(f"`{name}`" for name in RUNNER_NAMES)
    parts += [*textwrap.wrap(f"NAME is one of {names}.", 99), ""]
    parts += [*_table((key, _runner_default(key.name)) for key in keys), ""]
    for prefix, family_keys in OPEN_FAMILIES.items():
        parts += [f"### [{prefix}NAME]", "", *_names(prefix), ""]
        parts += [*_table((key, _code(key.default)) for key in family_keys("NAME")), ""]
    return "\n".join(parts)


def page(text: str) -> str:
    """The page with the tables as they have to be."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
