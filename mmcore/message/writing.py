"""Bytes of payloads: what a changed message looks like on the wire (RFC 2045, 2046)."""

from __future__ import annotations

import email.message
import re
from collections.abc import Sequence
from email.errors import MessageError
from email.policy import compat32
from typing import Any

from mmcore.message.boundaries import fresh_boundary
from mmcore.message.fields import POLICY
from mmcore.message.structure import has_delimiter

_ANY_LINE_END = re.compile(rb"\r\n|\r|\n")
_CRLF_POLICY = compat32.clone(linesep="\r\n")
#: How much of a text is decoded for its first lines.
_BEGINNING = 2**18
_WIDE_CHARSETS = ("utf-16", "utf-32", "utf16", "utf32", "ucs-2", "ucs-4")


def text_of_payload(data: bytes) -> str:
    """Bytes as the standard library keeps them in a payload."""
    return data.decode("ascii", "surrogateescape")


def with_line_ends(data: bytes, line_end: bytes) -> bytes:
    """The data with all its line ends (CRLF, CR, LF) made alike."""
    if b"\r" not in data and line_end == b"\n":
        return data
    return _ANY_LINE_END.sub(line_end, data)


def as_sent(data: bytes) -> bytes:
    """The data in the line ends that go over the wire (RFC 5321, section 2.3.8).

    It is not copied if it has them already.
    """
    line_ends = data.count(b"\r\n")
    if data.count(b"\n") == line_ends and data.count(b"\r") == line_ends:
        return data
    return _ANY_LINE_END.sub(b"\r\n", data)


def leaf_bytes(content: object, transfer_encoding: str) -> bytes:
    """The bytes of a payload that is no list, in CRLF lines unless it is binary."""
    if content is None:
        return b""
    if isinstance(content, email.message.Message):
        return message_bytes(content)
    if isinstance(content, bytes):
        data = content
    else:
        text = str(content)
        try:
            data = text.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            data = text.encode("utf-8", "replace")
    if transfer_encoding.strip().lower() == "binary":
        return data
    return with_line_ends(data, b"\r\n")


def message_bytes(msg: Any) -> bytes:
    """The bytes of a message or part, of our class or the standard library's."""
    if type(msg).as_bytes is not email.message.Message.as_bytes:
        return bytes(msg.as_bytes())
    try:
        return bytes(msg.as_bytes(policy=_CRLF_POLICY))
    except (UnicodeError, LookupError, TypeError, ValueError, MessageError):
        fields = [POLICY.fold_binary(name, value) for name, value in msg.items()]
        payload = msg.get_payload()
        body = leaf_bytes("" if isinstance(payload, list) else payload, "")
        return b"".join([*fields, b"\r\n", body])


def parts_bytes(msg: Any, parts: Sequence[Any], delimiters: list[bytes] | None) -> bytes:
    """The body of a message whose payload is a list.

    `delimiters` are the received bytes between the parts, if they still fit.
    A multipart without a usable boundary is given one.
    """
    pieces = [message_bytes(part) for part in parts]
    if msg.get_content_maintype() == "message":
        return b"".join(pieces)
    preamble = _frame_bytes(msg.preamble)
    epilogue = _frame_bytes(msg.epilogue)
    boundary = _usable_boundary(msg, pieces, as_received=delimiters is not None)
    if delimiters is not None and boundary is not None:
        result = [preamble, delimiters[0]]
        for piece, delimiter in zip(pieces, delimiters[1:], strict=True):
            result += [piece, delimiter]
        return b"".join([*result, epilogue])
    if boundary is None:
        boundary = _new_boundary(msg, pieces)
    result = [preamble + b"\r\n"] if msg.preamble is not None else []
    for piece in pieces:
        result += [b"--", boundary, b"\r\n", piece, b"\r\n"]
    return b"".join([*result, b"--", boundary, b"--\r\n", epilogue])


def _frame_bytes(text: str | None) -> bytes:
    return b"" if text is None else leaf_bytes(text, "binary")


def _usable_boundary(msg: Any, pieces: list[bytes], as_received: bool) -> bytes | None:
    """The boundary in the header, unless it is missing or occurs in a part.

    No line of a part may even begin like a delimiter (RFC 2046, section 5.1.1);
    but what was received that way is not changed for it.
    """
    if msg.get_content_maintype() != "multipart":
        return None
    boundary = msg.get_boundary()
    if not boundary or not isinstance(boundary, str):
        return None
    encoded = boundary.encode("utf-8", "surrogateescape")
    if as_received:
        return None if any(has_delimiter(piece, encoded) for piece in pieces) else encoded
    token = b"--" + encoded
    for piece in pieces:
        if piece.startswith(token) or b"\n" + token in piece or b"\r" + token in piece:
            return None
    return encoded


def _new_boundary(msg: Any, pieces: list[bytes]) -> bytes:
    """Give the message a boundary that does not occur in it."""
    boundary = fresh_boundary(pieces)
    if "mime-version" not in msg:
        msg["MIME-Version"] = "1.0"
    if msg.get_content_maintype() == "multipart":
        try:
            msg.set_boundary(boundary)
        except (MessageError, LookupError, TypeError, ValueError):
            del msg["content-type"]
    else:
        del msg["content-type"]
    if msg.get_boundary() != boundary:
        del msg["content-type"]
        msg["Content-Type"] = f'multipart/mixed; boundary="{boundary}"'
    return boundary.encode("ascii")


def unix_from_line(unix_from: str | None) -> bytes:
    """The From_ line of an mbox file."""
    line = unix_from or "MAILER-DAEMON"
    if not line.startswith("From "):
        line = f"From {line} Thu Jan  1 00:00:00 1970"
    return line.encode("utf-8", "replace").replace(b"\n", b" ").replace(b"\r", b" ") + b"\r\n"


def text_lines(part: Any, limit: int | None) -> list[str]:
    """Lines of a text part, without their ends, decoded with replacement.

    Where not all are wanted, lines of 256 KB in all are the most there are.
    """
    if limit is not None:
        part = part.beginning(_BEGINNING)
    charset = part.get_content_charset() or "us-ascii"
    data = part.get_payload(decode=True) or b""
    if limit is not None and not charset.lower().startswith(_WIDE_CHARSETS):
        data = b"\n".join(data.split(b"\n", limit)[:limit])
    try:
        text = data.decode(charset, "replace")
    except (LookupError, UnicodeError, ValueError):
        text = data.decode("utf-8", "replace")
    text = text.encode("utf-8", "replace").decode("utf-8")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if lines and not lines[-1]:
        lines.pop()
    return lines if limit is None else lines[:limit]
