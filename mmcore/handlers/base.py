"""What handlers share: lists' descriptions in header fields, and replacing fields."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from mmcore.message.fields import LINE_LENGTH


def first_line(text: str) -> str:
    """A list's description fit for a header field.

    What stands after a line end is cut off and replaced by an ellipsis: it could be a header
    field of its own.
    """
    head, *rest = re.split(r"[\r\n\x00]", text.strip(), maxsplit=1)
    return f"{head.rstrip()} ..." if rest else head


def replace_field(msg: Any, name: str, value: str) -> None:
    """Leave exactly one field of this name, or none if the value is empty.

    A field that has the value already stays as it is, byte for byte.
    """
    old = [str(field) for field in msg.get_all(name, [])]
    if old == ([value] if value else []):
        return
    del msg[name]
    if value:
        msg[name] = value


def mailto(address: str) -> str:
    """The URI of an address (RFC 6068, section 2)."""
    return "mailto:" + quote(address, safe="@!$*+")


def uri_list(name: str, uris: Iterable[str]) -> str:
    """The value of a list field (RFC 2369, section 2): each URI in angle brackets.

    When they do not fit on one line, each has its own.
    """
    texts = [f"<{uri}>" for uri in uris]
    value = ", ".join(texts)
    if len(name) + 2 + len(value) <= LINE_LENGTH:
        return value
    return ",\n\t".join(texts)
