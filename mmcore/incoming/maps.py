"""Files in which a mail server looks things up: replaced as a whole, or not touched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

#: The mail server may be somebody else; who is kept out is kept out by the directory.
MODE = 0o644


@dataclass
class MapFile:
    """A text file, in pieces; without any it is not to be there."""

    path: Path
    pieces: Sequence[bytes] | None

    @property
    def new(self) -> Path:
        """Where the file is written, in the same directory."""
        return self.path.with_name(f"{self.path.name}.new")

    def update(self) -> bool:
        """Put the file there, or away; returns whether that was necessary.

        A reader sees the old file or the new one.  Raises OSError, and then the old one stays.
        """
        if self.pieces is None:
            return self.remove()
        if self.is_right():
            return False
        try:
            with open(self.new, "wb") as file:
                os.fchmod(file.fileno(), MODE)
                file.writelines(self.pieces)
                file.flush()
                os.fsync(file.fileno())
            self.install()
        except BaseException:
            with suppress(OSError):
                self.new.unlink()
            raise
        return True

    def install(self) -> None:
        """Put the new file in the place of the old one."""
        os.replace(self.new, self.path)

    def remove(self) -> bool:
        """See that the file is not there; returns whether it was."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True

    def is_right(self) -> bool:
        """Whether the file has this text."""
        pieces = self.pieces or ()
        try:
            with open(self.path, "rb") as file:
                return os.fstat(file.fileno()).st_size == sum(map(len, pieces)) and all(
                    _continues(file, piece) for piece in pieces
                )
        except OSError:
            # Not there, or another user's: a new one may be put in its place.
            return False


def _continues(file: BinaryIO, piece: bytes) -> bool:
    return file.read(len(piece)) == piece
