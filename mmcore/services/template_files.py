"""Texts of notices in files: the site's own, and those that come with us.

A site puts its own texts into `template_dir`, for one list, for one domain or
for the whole site; what it does not write anew comes with us.  A text of the
site in the right language goes before a text of the list in another one.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from i18n.languages import folder_names

#: Names under which a text is looked for when there is no file of its own name.
ALTERNATE_NAMES = {
    "list:member:regular:footer": "list:member:generic:footer",
    "list:member:digest:footer": "list:member:generic:footer",
}
#: Largest text; whatever is larger is something else.
MAX_BYTES = 256 * 1024

_NAME = re.compile(r"[a-z0-9]+(?:[:-][a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z0-9_]+")

# path -> (time of change, size, text); a site may edit its texts at any time.
_texts: dict[Path, tuple[int, int, str]] = {}


def find(settings: Any, name: str, mlist: Any = None, language: str | None = None) -> str | None:
    """The text of a name in the best language there is; None if there is no such text."""
    for candidate in (name, ALTERNATE_NAMES.get(name)):
        # The name becomes part of a path.
        if candidate is None or not _NAME.fullmatch(candidate):
            continue
        for code in _languages(settings, mlist, language):
            text = _text_in(settings, candidate, mlist, code)
            if text is not None:
                return text
    return None


def _languages(settings: Any, mlist: Any, language: str | None) -> list[str]:
    """Codes to look under, in order, once each."""
    codes = [language, getattr(mlist, "preferred_language", None)]
    codes += [settings.mmcore.default_language, "en"]
    return list(dict.fromkeys(code for code in codes if code and _LANGUAGE.fullmatch(code)))


def _text_in(settings: Any, name: str, mlist: Any, code: str) -> str | None:
    """The text in one language: the list's, the domain's, the site's or ours."""
    for folder in _site_folders(settings, mlist):
        for spelling in dict.fromkeys((name.replace(":", "."), name)):
            text = site_text(folder / code / f"{spelling}.txt")
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


def site_text(path: Path) -> str | None:
    """Text of a file that the site may change while we run; None if there is none.

    What is no plain file, or larger than any text, is none.
    """
    try:
        state = os.stat(path)
        if not stat.S_ISREG(state.st_mode) or state.st_size > MAX_BYTES:
            return None
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
