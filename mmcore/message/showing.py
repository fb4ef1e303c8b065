"""A message as text, for people who look at it through a program of theirs.

Text cannot carry the bytes of any charset but its own.  What a message has in
eight bits is therefore shown in a transfer encoding (RFC 2045, section 6), so
that whoever parses the text finds the very bytes, and the charset they are in.
"""

from __future__ import annotations

import base64
import quopri
from typing import Any

from mmcore.message.fields import text_of
from mmcore.message.message import Message
from mmcore.message.writing import with_line_ends

#: Encodings that leave the bytes as they are.
_IDENTITY = ("", "7bit", "8bit", "binary")


def shown(msg: Message) -> str:
    r"""The whole message as text with `\n` line ends; never raises, and holds no surrogates.

    A header in eight bits, and a text that does not say its charset, are
    decoded line by line: as UTF-8 or, if they are none, windows-1252.
    """
    data = msg.as_bytes()
    if not data.isascii():
        copy = Message.parse(data)
        for part in copy.walk():
            if not part.is_multipart():
                _encode(part)
        data = copy.as_bytes()
    lines = with_line_ends(data, b"\n").split(b"\n")
    return "\n".join(text_of(line) for line in lines)


def _encode(part: Any) -> None:
    """Give a transfer encoding to a part that has none although it needs one."""
    written = str(part.get("content-transfer-encoding", "")).strip().lower()
    is_text = part.get_content_maintype() == "text"
    if written not in _IDENTITY or (is_text and part.get_content_charset() is None):
        return
    data = part.body_bytes()
    if data.isascii():
        return
    del part["content-transfer-encoding"]
    part["Content-Transfer-Encoding"] = "quoted-printable" if is_text else "base64"
    encoded = quopri.encodestring(data) if is_text else base64.encodebytes(data)
    part.set_payload(encoded.decode("ascii"))
