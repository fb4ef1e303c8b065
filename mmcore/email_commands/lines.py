"""Which lines of a mail are commands: the Subject, and the first lines of the text."""

from __future__ import annotations

import html
import re
from typing import Any, NamedTuple

from mmcore.message.approval import FIELDS, is_password_line

#: Lines and characters of a text that are looked at, however long it is.
_MOST_LINES = 1000
_MOST_CHARACTERS = 100_000

_QUOTED = re.compile(r"\s*[>|][>|\s]*")
#: What stands before a signature (RFC 3676, section 4.3); some programs drop the blank.
_SIGNATURE = re.compile(r"--\s*")
# A quotation ends an HTML text: what is below it are somebody else's words.
_HTML_QUOTE = re.compile(r"<blockquote\b.*", re.IGNORECASE | re.DOTALL)
_HTML_UNSEEN = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<name>head|style|script|title)\b.*?(?:</(?P=name)\s*>|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_HTML_BREAK = re.compile(r"<(?:br|/?p|/?div|/?li|/?tr|/?h[1-6]|/?pre)\b[^<>]*>", re.IGNORECASE)
_HTML_TAG = re.compile(r"<[^<>]*>")


class Line(NamedTuple):
    """One line that may be a command."""

    text: str
    #: Whether it repeats what somebody else wrote.
    quoted: bool = False

    @property
    def words(self) -> list[str]:
        """Its words as commands know them: lower case and ASCII."""
        return self.text.encode("ascii", "ignore").decode("ascii").lower().split()


class Lines(NamedTuple):
    """What a mail with commands says."""

    subject: Line
    body: list[Line]
    #: Lines beyond the limit.
    ignored: list[str]


def read_lines(msg: Any, most: int) -> Lines:
    """The Subject, and the first `most` lines of the text that are not blank; never raises.

    A signature and lines with a moderator's password are in neither list.
    """
    body: list[Line] = []
    ignored: list[str] = []
    for text in _text(msg):
        if _SIGNATURE.fullmatch(text):
            break
        quote = _QUOTED.match(text)
        text = text[quote.end() :] if quote else text
        if not text.strip() or is_password_line(text):
            continue
        if len(body) < most:
            body.append(Line(text.strip(), quote is not None))
        elif quote is None:
            ignored.append(text.strip())
    return Lines(Line(msg.subject_text), body, ignored)


def mentions_password(msg: Any) -> bool:
    """Whether the author has tried to give a moderator's password, at the right place or not."""
    return any(name in msg for name in FIELDS) or any(map(is_password_line, _text(msg)))


def _text(msg: Any) -> list[str]:
    """The lines of the first plain text, else those that a reader of the first HTML text sees."""
    if any(part.get_content_type() == "text/plain" for part in msg.walk()):
        lines: list[str] = msg.text_lines(_MOST_LINES)
        return lines
    for part in msg.walk():
        if part.get_content_type() == "text/html" and not part.is_multipart():
            return _seen(part)[:_MOST_LINES]
    return []


def _seen(part: Any) -> list[str]:
    """The lines of an HTML text."""
    data = (part.get_payload(decode=True) or b"")[:_MOST_CHARACTERS]
    try:
        text = data.decode(part.get_content_charset() or "us-ascii", "replace")
    except (LookupError, UnicodeError, ValueError):
        text = data.decode("utf-8", "replace")
    text = _HTML_QUOTE.sub("", _HTML_UNSEEN.sub(" ", " ".join(text.split())))
    text = _HTML_TAG.sub("", _HTML_BREAK.sub("\n", text))
    return html.unescape(text).replace("\xa0", " ").split("\n")
