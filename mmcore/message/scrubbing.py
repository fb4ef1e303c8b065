"""The text of a message for readers who get nothing but text (RFC 1153).

Parts that are no plain text are replaced by a note that says what they were; but of a message
that is nothing but HTML the text is shown.  Nothing raises: what cannot be decoded is shown as
well as it goes.
"""

from __future__ import annotations

from typing import Any

from i18n import _, ngettext
from mmcore.message.headers import decode
from mmcore.message.html_text import text_of_html
from mmcore.message.message import Message
from mmcore.message.writing import text_lines

#: Characters of a page that is shown as text.
_LONGEST_PAGE = 1_000_000

#: Fields that introduce a message inside of a message.
_INTRODUCING = ("From", "Date", "Subject")


def scrubbed(msg: Message) -> str:
    """All plain text of a message, its parts divided, with notes in place of other parts.

    The notes are in the current language.
    """
    pieces: list[str] = []
    shown = _page_to_show(msg)
    # What introduces an enclosed message stands together with its first piece.
    introduction = ""
    for part in msg.walk():
        if part.is_multipart():
            if part.get_content_maintype() == "message":
                introduction += _introduction(part)
            continue
        pieces.append(introduction + (_page(part) if part is shown else _piece(part)))
        introduction = ""
    next_part = _("next part")
    return f"\n-------------- {next_part} --------------\n".join(pieces)


def _page_to_show(msg: Message) -> Any:
    """The page of a message that has text nowhere else, or None."""
    page = None
    for part in msg.walk():
        if not part.is_multipart():
            if _is_text(part):
                return None
            if page is None and part.get_content_type() == "text/html":
                page = part
    return page


def _is_text(part: Any) -> bool:
    # A multipart that has no parts is what somebody has written without knowing MIME.
    return part.get_content_type() == "text/plain" or part.get_content_maintype() == "multipart"


def _page(part: Any) -> str:
    """A page as text, with its last line ended; a note if it is too long or shows nothing."""
    page = "\n".join(text_lines(part, None))
    text = text_of_html(page).strip("\n") if len(page) <= _LONGEST_PAGE else ""
    return _("[This was HTML.]") + f"\n\n{text}\n" if text else _piece(part)


def _piece(part: Any) -> str:
    """The text of a part without parts, with its last line ended."""
    if _is_text(part):
        lines = text_lines(part, None)
    else:
        lines = _note(part)
    return "\n".join([*lines, ""])


def _introduction(part: Any) -> str:
    """What is enclosed, if it is a message and not the like of one."""
    enclosed = part.get_payload(0)
    fields = [(name, decode(enclosed.get(name, ""))) for name in _INTRODUCING]
    lines = [f"{name}: {value}" for name, value in fields if value]
    return "\n".join([*lines, "", ""]) if lines else ""


def _note(part: Any) -> list[str]:
    """What is said of a part that is left out."""
    size = len(part.get_payload(decode=True) or b"")
    described = (
        (_("Name"), decode(part.get_filename("") or "")),
        (_("Type"), part.get_content_type()),
        (_("Size"), ngettext("$number byte", "$number bytes", size)),
        (_("Description"), decode(part.get("content-description", ""))),
    )
    lines = [f"    {name}: {value}" for name, value in described if value]
    return [_("[A part of this message that is not plain text was left out.]"), *lines]
