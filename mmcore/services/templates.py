"""Texts of notices: find the file for a language, fill in the placeholders.

A site puts its own texts into `template_dir`, for one list, for one domain or
for the whole site; what it does not write anew comes with us.  A text of the
site in the right language goes before a text of the list in another one.
"""

from __future__ import annotations

import os
import re
import textwrap
from collections.abc import Iterator
from functools import cache
from importlib import resources
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any

from i18n.languages import folder_names
from mmcore.errors import MMCoreError

#: Names under which a text is looked for when there is no file of its own name.
ALTERNATE_NAMES = {
    "list:member:regular:footer": "list:member:generic:footer",
    "list:member:digest:footer": "list:member:generic:footer",
}

_NAME = re.compile(r"[a-z0-9]+(?:[:-][a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z0-9_]+")

# path -> (time of change, size, text); a site may edit its texts at any time.
_texts: dict[Path, tuple[int, int, str]] = {}


class NoSuchTemplateError(MMCoreError):
    """No notice has that name."""


def render(
    source: Any,
    name: str,
    mlist: Any = None,
    language: str | None = None,
    **placeholders: object,
) -> str:
    """The text of a notice in a language, placeholders filled in.

    `source` is the settings, or an engine that has them.  Without `language` it
    is the list's.  Raises NoSuchTemplateError.
    """
    settings = getattr(source, "settings", source)
    text = load(settings, name, mlist, language)
    if language is not None:
        placeholders.setdefault("language", language)
    return expand(text, mlist, settings, **placeholders)


def load(settings: Any, name: str, mlist: Any = None, language: str | None = None) -> str:
    """The text of a notice as it is written; raises NoSuchTemplateError."""
    for candidate in (name, ALTERNATE_NAMES.get(name)):
        if candidate is None:
            continue
        if not _NAME.fullmatch(candidate):
            break  # it would become part of a path
        for code in _languages(settings, mlist, language):
            text = _text_in(settings, candidate, mlist, code)
            if text is not None:
                return text
    raise NoSuchTemplateError(name)


def expand(text: str, mlist: Any, settings: Any, **extras: object) -> str:
    """Fill in the placeholders that every text knows, and `extras`, which win.

    Placeholders that have no value stay as they are.
    """
    values: dict[str, object] = {"site_email": settings.mmcore.site_owner}
    if mlist is not None:
        values |= {
            "listname": mlist.posting_address,
            "list_id": mlist.list_id,
            "display_name": mlist.display_name,
            "short_listname": mlist.list_name,
            "domain": mlist.mail_host,
            "description": mlist.description,
            "info": mlist.info,
            "request_email": mlist.request_address,
            "owner_email": mlist.owner_address,
            "language": mlist.preferred_language,
        }
        base_url = getattr(mlist.domain, "base_url", None)
        if base_url:
            values["base_url"] = base_url
    values |= extras
    return Template(text).safe_substitute(
        {key: "" if value is None else value for key, value in values.items()}
    )


def wrap(text: str, column: int = 70) -> str:
    """Fill the paragraphs of a text to a width.

    A paragraph ends at a blank line and where indentation begins or ends;
    indented lines stay as they are.
    """
    filler = textwrap.TextWrapper(
        width=column,
        fix_sentence_endings=True,
        break_long_words=False,
        break_on_hyphens=False,
    )
    result: list[str] = []
    for kind, lines in groupby(text.splitlines(), key=_kind_of_line):
        if kind == "filled":
            result.append(filler.fill("\n".join(lines)))
        else:
            result.extend(line.rstrip() for line in lines)
    return "\n".join(result) + ("\n" if text.endswith("\n") else "")


def _kind_of_line(line: str) -> str:
    if not line.strip():
        return "blank"
    return "verbatim" if line[0] in " \t" else "filled"


def _languages(settings: Any, mlist: Any, language: str | None) -> list[str]:
    """Codes to look under, in order, once each."""
    codes = [language, getattr(mlist, "preferred_language", None)]
    codes += [settings.mmcore.default_language, "en"]
    return list(dict.fromkeys(code for code in codes if code and _LANGUAGE.fullmatch(code)))


def _text_in(settings: Any, name: str, mlist: Any, code: str) -> str | None:
    """The text in one language: the list's, the domain's, the site's or ours."""
    for folder in _site_folders(settings, mlist):
        for spelling in dict.fromkeys((name.replace(":", "."), name)):
            text = _site_text(folder / code / f"{spelling}.txt")
            if text is not None:
                return text
    return _packaged_text(name, code)


def _site_folders(settings: Any, mlist: Any) -> Iterator[Path]:
    folder = Path(settings.paths.template_dir)
    if mlist is not None:
        yield folder / "lists" / mlist.list_id
        yield folder / "lists" / mlist.posting_address
        yield folder / "domains" / mlist.mail_host
    yield folder / "site"


def _site_text(path: Path) -> str | None:
    """Text of a file that the site may change while we run; None if there is none."""
    try:
        state = os.stat(path)
        known = _texts.get(path)
        if known is None or known[:2] != (state.st_mtime_ns, state.st_size):
            text = path.read_text(encoding="utf-8", errors="replace")
            known = _texts[path] = (state.st_mtime_ns, state.st_size, text)
    except OSError:
        _texts.pop(path, None)
        return None
    return known[2]


@cache
def _packaged_text(name: str, code: str) -> str | None:
    """Text that comes with us; None if there is none.

    A translation that is empty although the English text is not is no
    translation: whoever reads that language still has to be told.
    """
    for folder in folder_names(code):
        found = resources.files("templates").joinpath(folder, name.replace(":", ".") + ".txt")
        if found.is_file():
            text = found.read_text(encoding="utf-8")
            if text.strip() or code == "en" or not (_packaged_text(name, "en") or "").strip():
                return text
    return None
