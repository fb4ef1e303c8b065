"""What handlers share: writing mailboxes (RFC 5322, section 3.4) and replacing fields."""

from __future__ import annotations

import re
from email.header import Header
from typing import Any

#: Characters that make an atom need quotes (RFC 5322, section 3.2.3), and controls.
_SPECIALS = re.compile(r'[][\\()<>@,:;".\x00-\x1f\x7f]')
_ESCAPES = re.compile(r'[\\"]')


def first_line(text: str) -> str:
    """A list's description fit for a header field.

    What stands after a line end is cut off and replaced by an ellipsis: it could be a header
    field of its own.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").strip()
    head, *rest = re.split(r"[\r\n\x00]", text, maxsplit=1)
    return f"{head.rstrip()} ..." if rest else head


def phrase(text: str) -> str:
    """A display name as a phrase: quoted if it must be, encoded words if not ASCII."""
    if not text.isascii():
        # Blanks between encoded words do not count (RFC 2047, section 6.2).
        return " ".join(Header(text, "utf-8").encode().split())
    if _SPECIALS.search(text) or "=?" in text:
        return '"' + _ESCAPES.sub(r"\\\g<0>", text) + '"'
    return text


def mailbox(display_name: str, addr_spec: str) -> str:
    """`display name <addr-spec>`, or the bare addr-spec if there is no name."""
    name = first_line(display_name)
    return f"{phrase(name)} <{addr_spec}>" if name else addr_spec


def replace_field(msg: Any, name: str, value: str) -> None:
    """Leave exactly one field of this name, or none if the value is empty.

    A field that has the value already stays as it is, byte for byte.
    """
    old = msg.get_all(name, [])
    if (len(old) == 1 and str(old[0]) == value) or not (old or value):
        return
    del msg[name]
    if value:
        msg[name] = value
