"""Boundaries of multiparts that the engine makes (RFC 2046, section 5.1.1).

They are made from the parts, not at random: who rehearses what becomes of a message, and who does
it again after a crash, gets the same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b

#: Bytes at either end of a part that are looked at: boundaries of large parts cost nothing.
_ENDS = 4096


def fresh_boundary(pieces: Sequence[bytes | memoryview]) -> str:
    """A boundary that occurs in none of the pieces; the same one for the same pieces.

    It has 29 characters, which need no quotes in the field Content-Type but for the `=`.
    """
    digest = blake2b(digest_size=12)
    for piece in pieces:
        digest.update(b"%d:" % len(piece))
        digest.update(piece[:_ENDS])
        digest.update(piece[-_ENDS:])
    while True:
        boundary = f"==={digest.hexdigest()}=="
        sought = boundary.encode("ascii")
        # The author knows how boundaries are made as well as we do.  `re` searches views, too.
        if not any(re.search(sought, piece) for piece in pieces):
            return boundary
        digest.update(b"again")
