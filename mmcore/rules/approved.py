"""Lets a post pass that carries the moderators' password, and takes the password out of it."""

from __future__ import annotations

import base64
import html
import quopri
import re
from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.services import passwords

FIELDS = ("approve", "approved", "x-approve", "x-approved")

_BLANK = "[ \t\u00a0]*"
#: The first line that is not blank, if it looks like one of the fields.
_LINE = re.compile(
    rf"\A(?:{_BLANK}\r?\n)*(?P<line>{_BLANK}(?P<name>(?:x-)?approved?){_BLANK}:"
    r"(?P<password>[^\r\n]*)(?:\r?\n|\Z))",
    re.IGNORECASE,
)


@rule
@implementer(IRule)
class Approved:
    """Hits when a field, or the first line of the text, has the right password."""

    name = "approved"
    description = mark("The post carries the moderators' password.")
    record = True
    # Skipping it half-way could send the password to all members.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`.  Strips the password, right or wrong, from the message."""
        if not mlist.moderator_password:
            return False
        password = _from_header(msg)
        if password is None:
            password = _from_body(msg)
        if password is None:
            return False
        msgdata["has_approved"] = True
        matches, new_hash = passwords.verify(password, mlist.moderator_password)
        if new_hash is not None:
            mlist.moderator_password = new_hash
        return matches


def _from_header(msg: Any) -> str | None:
    """The password of the first such field; all of them are removed."""
    found = [msg[name] for name in FIELDS if name in msg]
    if not found:
        return None
    for name in FIELDS:
        del msg[name]
    return str(found[0]).strip()


def _from_body(msg: Any) -> str | None:
    """The password in the first line of the text; removed from all text parts."""
    for part in msg.walk():
        if part.get_content_type() == "text/plain" and not part.is_multipart():
            break
    else:
        return None
    text, codec = _text_of(part)
    found = _LINE.match(text)
    if found is None:
        return None
    password = found["password"].strip(" \t\u00a0")
    _rewrite(part, codec, text[: found.start("line")] + text[found.end("line") :])
    # A text/html alternative shows the same line in its own way.
    forms = "|".join({re.escape(password), re.escape(html.escape(password))})
    shown = re.compile(rf"{re.escape(found['name'])}\s*:(?:\s|&nbsp;|\u00a0)*(?:{forms})", re.I)
    _each_text(msg, lambda text: shown.sub("", text))
    return password


def _each_text(msg: Any, change: Callable[[str], str]) -> None:
    for part in msg.walk():
        if part.get_content_maintype() == "text" and not part.is_multipart():
            text, codec = _text_of(part)
            if (changed := change(text)) != text:
                _rewrite(part, codec, changed)


def _text_of(part: Any) -> tuple[str, str]:
    """(text, codec) such that encoding the text gives the very same bytes."""
    data = part.get_payload(decode=True) or b""
    charset = part.get_content_charset() or "us-ascii"
    try:
        text = data.decode(charset)
        if text.encode(charset) == data:
            return text, charset
    except (LookupError, ValueError):
        # Unknown or wrong charset: bytes are characters then, which loses nothing.
        pass
    return data.decode("latin-1"), "latin-1"


def _rewrite(part: Any, codec: str, text: str) -> None:
    """Replace the text of a part; type, charset and transfer encoding stay."""
    data = text.encode(codec)
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        data = base64.encodebytes(data)
    elif encoding == "quoted-printable":
        data = quopri.encodestring(data)
    elif encoding not in ("", "7bit", "8bit", "binary"):
        del part["content-transfer-encoding"]
        part["Content-Transfer-Encoding"] = "8bit"
    part.set_payload(data.decode("ascii", "surrogateescape"))
