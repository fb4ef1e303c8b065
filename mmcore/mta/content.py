"""A message as it travels: line ends, and how its end is told.

After DATA by a dot in a line of its own, so that dots in the text are stuffed
(RFC 5321, 4.5.2); after BDAT by its length, and nothing is changed (RFC 3030).

Content with 8-bit bytes stays as it is, also for a server without 8BITMIME
(RFC 6152): such servers pass it on, and we do not re-encode what somebody may
have signed.
"""

from __future__ import annotations

from mmcore.message.writing import as_sent

_END = b".\r\n"
_NO_LINE_ENDS = bytes(set(range(256)) - set(b"\r\n"))


class Content:
    """Content for the wire, prepared once for all its transactions."""

    __slots__ = ("_body", "_data", "eight_bit", "size", "source")

    def __init__(self, source: bytes, canonical: bool = False) -> None:
        """Make every line end CRLF, the last one too.

        With `canonical` only the last one can be anything else: to look at every
        byte would cost more than all else that is done for a copy.
        """
        self.source = source
        # What signs a message counts on the line ends of as_sent().
        body = source if canonical or _ends_in_crlf_throughout(source) else as_sent(source)
        # Not copied if it needs no change.
        self._body = (body,) if not body or body.endswith(b"\r\n") else (body, b"\r\n")
        self._data: tuple[bytes, ...] = ()
        self.size = sum(map(len, self._body))
        self.eight_bit = not source.isascii()

    def after_data(self) -> tuple[bytes, ...]:
        """The bytes that follow DATA, in pieces: stuffed, and with the end of data."""
        if not self._data:
            body, *line_end = self._body
            dot = (b".",) if body.startswith(b".") else ()
            if b"\n." in body:
                # Again, since nobody's message may end in the middle and go on with commands.
                body = as_sent(body).replace(b"\r\n.", b"\r\n..")
            self._data = (*dot, body, b"".join([*line_end, _END]))
        return self._data

    def first_chunk(self) -> bytes:
        """BDAT with the first byte."""
        return b"BDAT 1\r\n" + self._body[0][:1]

    def last_chunk(self, sent: int = 0) -> tuple[bytes, ...]:
        """BDAT with all but the first `sent` bytes, in pieces."""
        body, *line_end = self._body
        return (b"BDAT %d LAST\r\n" % (self.size - sent), body[sent:], *line_end)


def _ends_in_crlf_throughout(data: bytes) -> bool:
    """Whether each CR and LF is part of a CRLF; the fastest way to see that in Python."""
    return len(data.translate(None, _NO_LINE_ENDS)) == 2 * data.count(b"\r\n")
