"""Adds text above and below the body of a message without touching the rest of its bytes.

A body is taken apart only as far as needed (RFC 2045, RFC 2046): text grows at its ends, a
multipart/mixed gets parts of its own, and everything else becomes a part of a new
multipart/mixed, so that signatures over it stay valid.
"""

from __future__ import annotations

import base64
import quopri
from dataclasses import dataclass, field
from typing import Any

from mmcore.message.boundaries import fresh_boundary
from mmcore.message.charsets import extends_ascii
from mmcore.message.fields import POLICY
from mmcore.message.span import Span
from mmcore.message.structure import split_multipart

_IDENTITY = frozenset({"", "7bit", "8bit", "binary"})
#: A text of more bytes is not decoded to be written in another way: it becomes a part.
_MOST_RECODED = 2**20
#: How much of the end of a text shows how its last line ends.
_TAIL = 80


@dataclass
class Spliced:
    """What a body became, in pieces; the one it was is not copied for that.

    `fields` are header fields to set, or to remove if None, in order.
    """

    pieces: list[bytes | memoryview]
    fields: dict[str, str | None] = field(default_factory=dict)


def splice(msg: Any, header: str, footer: str, personal: bool = False) -> Spliced:
    """Put `header` above and `footer` below the body of a message, which is not changed.

    Either may be empty.  With `personal` they differ from copy to copy: then the bytes of what
    differs can be told from all others, for it is never in base64, and UTF-8 if it is not ASCII.
    """
    spliced = None
    body = msg.body_span()
    kind = msg.get_content_type()
    if kind == "text/plain":
        spliced = _Text(msg, body, header, footer, personal).splice()
    elif kind == "multipart/mixed":
        spliced = _splice_mixed(msg, body, header, footer)
    return spliced or _wrap(msg, body, header, footer)


def splice_into(msg: Any, header: str, footer: str, personal: bool = False) -> None:
    """Put `header` above and `footer` below the body of a message; see `splice`."""
    spliced = splice(msg, header, footer, personal)
    for name, value in spliced.fields.items():
        del msg[name]
        if value is not None:
            msg[name] = value
    msg.replace_body(*spliced.pieces)


def _line_end(body: Span) -> bytes:
    """The line end that the body uses; CRLF if it has only one line."""
    first = body.source.find(b"\n", body.begin, body.end)
    if first < 0 or (first > body.begin and body.source[first - 1] == 13):
        return b"\r\n"
    return b"\n"


def _encoding(msg: Any) -> str:
    return str(msg.get("content-transfer-encoding", "")).strip().lower()


def _ended(text: str) -> str:
    """Text that ends in one line end, if there is any."""
    return text.rstrip("\n") + "\n" if text else ""


def _quoted(data: bytes) -> bytes:
    """Text with LF line ends as quoted-printable (RFC 2045, section 6.7)."""
    return quopri.encodestring(data)


def _text_part(text: str, newline: bytes) -> bytes:
    """A text/plain part; 7bit whatever the text is, so that any server takes it."""
    charset, encoding, data = "us-ascii", "7bit", _ended(text).encode("utf-8")
    if not text.isascii():
        charset, encoding, data = "utf-8", "quoted-printable", _quoted(data)
    head = (
        "MIME-Version: 1.0\n"
        f'Content-Type: text/plain; charset="{charset}"\n'
        f"Content-Transfer-Encoding: {encoding}\n"
        "Content-Disposition: inline\n\n"
    )
    return (head.encode("ascii") + data).replace(b"\n", newline)


class _Text:
    """Splices into a text/plain body."""

    def __init__(
        self, msg: Any, body: Span, header: str, footer: str, personal: bool = False
    ) -> None:
        self.msg = msg
        self.personal = personal
        self.body = body
        self.header = _ended(header)
        self.footer = _ended(footer)
        self.declared = (msg.get_content_charset() or "us-ascii").lower()
        self.encoding = _encoding(msg)
        self.flowed = str(msg.get_param("format", "")).lower() == "flowed"
        if self.flowed and self.header.endswith(" \n"):
            # As below: the header would flow into the text.
            self.header += "\n"

    def splice(self) -> Spliced | None:
        """Grow the text at its ends; None if it cannot be read, or is not to be shown."""
        if self.msg.get_content_disposition() == "attachment":
            return None
        if self.encoding == "base64":
            return self._recode()
        if self.encoding not in _IDENTITY and self.encoding != "quoted-printable":
            return None
        grown = self._grow() if extends_ascii(self.declared) else None
        return self._recode() if grown is None else Spliced(grown)

    def _grow(self) -> list[bytes | memoryview] | None:
        """Add encoded text to encoded text; None if that needs another charset or encoding."""
        if self._needs_utf8 and self.declared != "utf-8":
            return None
        try:
            above = self.header.encode(self.declared)
            below = self.footer.encode(self.declared)
        except UnicodeError:
            return None
        body, newline = self.body, _line_end(self.body)
        end, more = body.tail(_TAIL), b""
        if self.encoding == "quoted-printable":
            above, below = _quoted(above), _quoted(below)
            if end.endswith((b"=\n", b"=\r\n")):
                # A soft line break continues the line: end it.
                more = newline
        elif self.encoding in ("", "7bit") and body.isascii() and not (above + below).isascii():
            return None
        if below and body.size:
            if not (end + more).endswith(b"\n"):
                more += newline
            if self.flowed and (end + more).rstrip(b"\r\n").endswith((b" ", b"=20")):
                # The last line would flow into the footer (RFC 3676, section 4.1).
                more += newline
        below = more + below.replace(b"\n", newline)
        return [above.replace(b"\n", newline), body.view, below]

    @property
    def _needs_utf8(self) -> bool:
        return self.personal and not (self.header + self.footer).isascii()

    def _decode(self) -> str:
        data = bytes(self.body.view)
        if self.encoding == "base64":
            data = base64.b64decode(b"".join(data.split()), validate=True)
        elif self.encoding == "quoted-printable":
            data = quopri.decodestring(data)
        # 8-bit text without a charset is utf-8 or a riddle.
        undeclared = self.declared == "us-ascii" and not data.isascii()
        return data.decode("utf-8" if undeclared else self.declared)

    def _recode(self) -> Spliced | None:
        """Decode the text, add to it and encode it again; in utf-8 if its charset is too small."""
        if self.body.size > _MOST_RECODED:
            return None
        try:
            text = self._decode()
        except (LookupError, ValueError):
            return None
        newline = "\n" if "\n" in text and "\r\n" not in text else "\r\n"
        if self.footer and text:
            if not text.endswith("\n"):
                text += newline
            if self.flowed and text.rstrip("\r\n").endswith(" "):
                text += newline
        text = self.header.replace("\n", newline) + text + self.footer.replace("\n", newline)
        charset = "utf-8" if self._needs_utf8 else self.declared
        if self.personal and not extends_ascii(charset):
            charset = "utf-8"
        try:
            data = text.encode(charset)
        except (LookupError, ValueError):
            # Too small; or no charset at all, which shows only now if there was no text.
            charset = "utf-8"
            data = text.encode(charset)
        fields: dict[str, str | None] = {}
        if charset != self.declared:
            fields["Content-Type"] = self._content_type(charset)
        if "mime-version" not in self.msg:
            fields["MIME-Version"] = "1.0"
        outer = _line_end(self.body)
        if not self.personal and (self.encoding == "base64" or not extends_ascii(charset)):
            fields["Content-Transfer-Encoding"] = "base64"
            return Spliced([base64.encodebytes(data).replace(b"\n", outer)], fields)
        if self.encoding in ("8bit", "binary"):
            return Spliced([data], fields)
        # What was 7bit stays so: the next server may not take anything else.
        fields["Content-Transfer-Encoding"] = "quoted-printable"
        data = data.replace(b"\r\n", b"\n")
        return Spliced([_quoted(data).replace(b"\n", outer)], fields)

    def _content_type(self, charset: str) -> str:
        """The field with another charset and all other parameters."""
        pieces = ["text/plain", f'charset="{charset}"']
        for name, value in self.msg.get_params([], unquote=False)[1:]:
            if isinstance(value, str) and name.lower() != "charset":
                pieces.append(f"{name}={value}" if value else name)
        return "; ".join(pieces)


def _splice_mixed(msg: Any, body: Span, header: str, footer: str) -> Spliced | None:
    """Add a first and a last part to a multipart/mixed; None if it has no parts."""
    boundary = msg.get_boundary()
    if not boundary or not boundary.isascii() or _encoding(msg) not in _IDENTITY:
        return None
    parts = split_multipart(*body, boundary.encode("ascii"))
    if parts is None:
        return None
    newline = _line_end(body)
    delimiter = b"--" + boundary.encode("ascii")
    begin, end = parts.spans[0][0], parts.spans[-1][1]
    whole = memoryview(body.source)
    pieces: list[bytes | memoryview] = [whole[body.begin : begin]]
    if header:
        pieces += [_text_part(header, newline), newline, delimiter, newline]
    pieces.append(whole[begin:end])
    if footer:
        pieces += [newline, delimiter, newline, _text_part(footer, newline)]
        if not parts.closed:
            pieces += [newline, delimiter, b"--", newline]
    pieces.append(whole[end : body.end])
    return Spliced(pieces)


def _wrap(msg: Any, body: Span, header: str, footer: str) -> Spliced:
    """Make the body an inner part, bytes and content fields as they are."""
    newline = _line_end(body)
    content = [(name, value) for name, value in msg.items() if name.lower().startswith("content-")]
    inner = b"".join(POLICY.fold_binary(name, value) for name, value in content)
    above, below = (_text_part(text, newline) if text else b"" for text in (header, footer))
    boundary = fresh_boundary([above, inner, body.view, below])
    delimiter = b"--" + boundary.encode("ascii")
    pieces: list[bytes | memoryview] = []
    if header:
        pieces += [delimiter, newline, above, newline]
    pieces += [delimiter, newline, inner, newline, body.view, newline]
    if footer:
        pieces += [delimiter, newline, below, newline]
    pieces += [delimiter, b"--", newline]
    fields: dict[str, str | None] = dict.fromkeys(name for name, _value in content)
    if "mime-version" not in msg:
        fields["MIME-Version"] = "1.0"
    fields.pop("Content-Type", None)
    fields["Content-Type"] = f'multipart/mixed; boundary="{boundary}"'
    if not body.isascii():
        fields.pop("Content-Transfer-Encoding", None)
        encoding = _encoding(msg)
        fields["Content-Transfer-Encoding"] = encoding if encoding == "binary" else "8bit"
    return Spliced(pieces, fields)
