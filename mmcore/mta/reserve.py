"""Room on the disk for what has to be written even when the disk is full."""

from __future__ import annotations

import os
from pathlib import Path

#: Enough for the replies to all that can be under way, many times over.
SIZE = 1 << 20


class Reserve:
    """A file that takes up room until that is needed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._made = False

    def make(self) -> None:
        """See that there is one; raises OSError if there is no room for it and as much again."""
        if self._made:
            return
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o660)
        size = os.fstat(file).st_size
        try:
            os.posix_fallocate(file, 0, 2 * SIZE)
            size = SIZE
        finally:
            os.ftruncate(file, size)
            os.close(file)
        self._made = True

    def give_up(self) -> bool:
        """Make room; false if that has been done before."""
        made, self._made = self._made, False
        if made:
            self._path.unlink(missing_ok=True)
        return made
