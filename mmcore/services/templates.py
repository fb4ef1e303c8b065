"""Texts of notices: find the text for a language, fill in the placeholders.

A text comes from the URI that the list, its domain or the site has set for it
(`template_uris`), else from a file (`template_files`).
"""

from __future__ import annotations

import textwrap
from itertools import groupby
from string import Template
from typing import Any

from mmcore.errors import MMCoreError
from mmcore.message.headers import one_line
from mmcore.services import template_files, template_uris

#: Attributes of a list that what frames its posts and digests may name, too.
_LIST_NAMES = (
    "fqdn_listname",
    "list_name",
    "mail_host",
    "display_name",
    "request_address",
    "description",
    "info",
)


class NoSuchTemplateError(MMCoreError):
    """No notice has that name."""


def render(
    source: Any,
    name: str,
    mlist: Any = None,
    /,
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


def values_of_list(mlist: Any) -> dict[str, str]:
    """What headers and footers may say of a list besides what every text may, each on one line."""
    return {name: one_line(str(getattr(mlist, name))) for name in _LIST_NAMES}


def load(settings: Any, name: str, mlist: Any = None, language: str | None = None) -> str:
    """The text of a notice as it is written; raises NoSuchTemplateError."""
    text = template_uris.find(settings, name, mlist, language)
    if text is None:
        text = template_files.find(settings, name, mlist, language)
    if text is None:
        raise NoSuchTemplateError(name)
    return text


def expand(text: str, mlist: Any, settings: Any, /, **extras: object) -> str:
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
