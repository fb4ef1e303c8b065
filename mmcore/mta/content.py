"""A message as it travels after DATA: line ends, dots, the end of data (RFC 5321, 4.5.2).

Content with 8-bit bytes stays as it is, also for a server without 8BITMIME
(RFC 6152): such servers pass it on, and we do not re-encode what somebody may
have signed.
"""

from __future__ import annotations

from dataclasses import dataclass

from mmcore.message.writing import as_sent

_END = b".\r\n"


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
    # What signs a message counts on these.
    data = as_sent(source)
    end = _END if not data or data.endswith(b"\r\n") else b"\r\n" + _END
    size = len(data) + len(end) - len(_END)
    if b"\r\n." in data:
        data = data.replace(b"\r\n.", b"\r\n..")
    dot = (b".",) if data.startswith(b".") else ()
    return Content(source, (*dot, data, end), size, not source.isascii())
