"""Segments: files to which one process appends messages, and which everybody reads.

A record is a fixed head (magic, sizes, CRC-32), metadata (JSON, used by the intake log), and
the bytes.
"""

from __future__ import annotations

import fcntl
import json
import os
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

_HEAD = struct.Struct("<4sIII")
_MAGIC = b"MMC1"

#: A segment is closed at this size or age, so that the sweeper can remove it.
SEGMENT_BYTES = 32 * 2**20
SEGMENT_SECONDS = 3600.0

#: Pieces that one call writes; the limit of POSIX systems is at least 16, of Linux 1024.
_MOST_PIECES = 16

Buffer = bytes | memoryview


def fsync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, pieces: Sequence[Buffer]) -> None:
    """Write pieces one after the other without putting them together; raises OSError."""
    views = [memoryview(piece) for piece in pieces if len(piece)]
    while views:
        written = os.writev(fd, views[:_MOST_PIECES])
        while views and written >= len(views[0]):
            written -= len(views.pop(0))
        if written:
            views[0] = views[0][written:]


class Segment:
    """A segment that this process writes.  Its lock tells sweepers it is in use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND, 0o660)
        fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # The directory itself may be new, too.
        fsync_directory(path.parent)
        fsync_directory(path.parent.parent)
        self.size = 0
        self.born = time.monotonic()
        self.dirty = False
        #: Set when nobody can say what is in the file from `_durable` on.
        self.broken = False
        self._durable = 0

    def append(self, meta: bytes, pieces: Sequence[Buffer]) -> int:
        """Append a record of data in pieces; returns its offset."""
        crc, size = zlib.crc32(meta), 0
        for piece in pieces:
            crc, size = zlib.crc32(piece, crc), size + len(piece)
        head = _HEAD.pack(_MAGIC, len(meta), size, crc) + meta
        offset, self.dirty = self.size, True
        try:
            write_all(self.fd, (head, *pieces))
        except OSError:
            # Disk full: what follows a torn record would be at another offset
            # than its reference says, and the intake log would end before it.
            self._cut(self.size)
            raise
        self.size += len(head) + size
        return offset

    def sync(self) -> None:
        """Make the records durable."""
        if self.dirty:
            try:
                os.fdatasync(self.fd)
            except OSError:
                # A second attempt would succeed without having written anything.
                # What nobody was promised must not be found after a crash either.
                self.broken = True
                self._cut(self._durable)
                raise
            self.dirty = False
            self._durable = self.size

    def _cut(self, size: int) -> None:
        """Take back what was written from `size` on."""
        try:
            os.ftruncate(self.fd, size)
        except OSError:
            self.broken = True

    def full(self) -> bool:
        """Whether it is time for the next one."""
        return (
            self.broken
            or self.size >= SEGMENT_BYTES
            or (self.size > 0 and time.monotonic() - self.born > SEGMENT_SECONDS)
        )

    def close(self) -> None:
        """Sync and release the segment."""
        if not self.broken:
            self.sync()
        os.close(self.fd)


def read_records(path: Path, offset: int = 0) -> Iterator[tuple[int, int, dict, int]]:
    """Whole records of a segment from `offset` on.

    Yields (offset, end, metadata, size of the data); stops at a torn record,
    which was never acknowledged to anybody.
    """
    with path.open("rb") as file:
        file.seek(offset)
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            magic, meta_size, size, crc = _HEAD.unpack(head)
            if magic != _MAGIC:
                return
            body = file.read(meta_size + size)
            if len(body) != meta_size + size or zlib.crc32(body) != crc:
                return
            end = offset + _HEAD.size + meta_size + size
            meta = json.loads(body[:meta_size]) if meta_size else {}
            yield offset, end, meta, size
            offset = end


def read_record(fd: int, offset: int, size: int) -> bytes:
    """The `size` bytes of the record at an offset; raises ValueError if it is damaged, OSError."""
    head = os.pread(fd, _HEAD.size, offset)
    magic, meta_size, data_size, crc = _HEAD.unpack(head.ljust(_HEAD.size, b"\0"))
    if magic != _MAGIC or data_size != size:
        raise ValueError("not a record")
    meta = os.pread(fd, meta_size, offset + _HEAD.size)
    data = os.pread(fd, size, offset + _HEAD.size + meta_size)
    if zlib.crc32(data, zlib.crc32(meta)) != crc:
        raise ValueError("damaged record")
    return data
