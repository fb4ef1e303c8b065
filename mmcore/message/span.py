"""A part of some bytes that is looked at and passed on without being copied.

A `memoryview` alone will not do: it cannot be searched.
"""

from __future__ import annotations

from typing import NamedTuple

# `bytes.isascii` has no bounds: pieces of this size are copied instead of the whole.
_PIECE = 65536


class Span(NamedTuple):
    """The bytes of `source` from `begin` to `end`."""

    source: bytes
    begin: int
    end: int

    @property
    def view(self) -> memoryview:
        """The bytes, not copied."""
        return memoryview(self.source)[self.begin : self.end]

    @property
    def size(self) -> int:
        """How many bytes there are."""
        return self.end - self.begin

    def tail(self, count: int) -> bytes:
        """The last `count` bytes, or all if there are less."""
        return self.source[max(self.begin, self.end - count) : self.end]

    def isascii(self) -> bool:
        """Whether there is no byte above 127."""
        return all(
            self.source[at : min(at + _PIECE, self.end)].isascii()
            for at in range(self.begin, self.end, _PIECE)
        )
