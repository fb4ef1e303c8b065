"""A message as it travels after DATA: line ends, dots, the end of data (RFC 5321, 4.5.2).

Content with 8-bit bytes stays as it is, also for a server without 8BITMIME
(RFC 6152): such servers pass it on, and we do not re-encode what somebody may
have signed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_END = b".\r\n"
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Content:
    """Content as it goes over the wire, prepared once for all its transactions.

    `wire` are the bytes in pieces, for what needs no change is not copied.
    """

    source: bytes
    wire: tuple[bytes, ...]
    size: int
    eight_bit: bool

    @property
    def wire_size(self) -> int:
        """How many bytes go over the wire."""
        return sum(map(len, self.wire))


def prepare(source: bytes) -> Content:
    """Make every line end CRLF, stuff dots (RFC 5321, 4.5.2), add the end of data."""
    data = source
    line_ends = data.count(b"\r\n")
    if data.count(b"\n") != line_ends or data.count(b"\r") != line_ends:
        data = _LINE_END.sub(b"\r\n", data)
    end = _END if not data or data.endswith(b"\r\n") else b"\r\n" + _END
    size = len(data) + len(end) - len(_END)
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    dot = (b".",) if data.startswith(b".") else ()
    return Content(source, (*dot, data, end), size, not source.isascii())
