"""The moderators' password in a message: in a field of its own, or in the first line of the text.

Whoever reads it takes it out, so that no member ever sees it.
"""

from __future__ import annotations

import base64
import html
import quopri
import re
from collections.abc import Callable
from typing import Any

from mmcore.message.headers import decode

FIELDS = ("approve", "approved", "x-approve", "x-approved")

#: What is longer is nobody's password, and to look for it elsewhere costs memory.
_LONGEST = 1024

_BLANK = "[ \t\u00a0]*"
#: The first line that is not blank, if it looks like one of the fields.
_LINE = re.compile(
    rf"\A(?:{_BLANK}\r?\n)*(?P<line>{_BLANK}(?P<name>(?:x-)?approved?){_BLANK}:"
    r"(?P<password>[^\r\n]*)(?:\r?\n|\Z))",
    re.IGNORECASE,
)


def take_password(msg: Any) -> str | None:
    """The password, right or wrong, which then is not in the message any more; or None."""
    password = _from_header(msg)
    return _from_body(msg) if password is None else password


def is_password_line(line: str) -> bool:
    """Whether a line looks like one with the password, wherever it stands."""
    return _LINE.match(line) is not None


def _from_header(msg: Any) -> str | None:
    """The password of the first such field; all of them are removed."""
    found = [msg[name] for name in FIELDS if name in msg]
    if not found:
        return None
    for name in FIELDS:
        del msg[name]
    return decode(found[0])


def _from_body(msg: Any) -> str | None:
    """The password in the first line of the text; removed from all text parts."""
    part = _first_text(msg)
    if part is None:
        return None
    text, codec = _text_of(part)
    found = _LINE.match(text)
    if found is None:
        return None
    password = found["password"].strip(" \t\u00a0")
    _rewrite(part, codec, text[: found.start("line")] + text[found.end("line") :])
    if len(password) > _LONGEST:
        return password
    # A text/html alternative shows the same line in its own way.
    forms = "|".join({re.escape(password), re.escape(html.escape(password))})
    # `\s` has the no-break space, too: with two ways to match one, 40 of them took forever.
    shown = re.compile(rf"{re.escape(found['name'])}\s*:(?:\s|&nbsp;)*(?:{forms})", re.I)
    _each_text(msg, lambda text: shown.sub("", text))
    return password


def _first_text(msg: Any) -> Any:
    """The first text/plain part, or None."""
    for part in msg.walk():
        if part.get_content_type() == "text/plain" and not part.is_multipart():
            return part
    return None


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
