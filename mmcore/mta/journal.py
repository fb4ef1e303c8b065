"""What an out runner has begun and what it has finished, on disk at once.

SMTP leaves a gap that no client can close: after the final dot the server may
have taken the message although its reply never reached us (RFC 5321, 4.2.5).
So a mark is written before the dot and another after the reply; of a runner
that died only what has the first and not the second mark is in doubt.

One append-only file per runner instance.  A record is a CRC-32 of the rest,
the length of the payload, a kind and the payload, little-endian:

    BEGIN     run number, key             gives a delivery a number
    STARTED   run, transaction, indices   four bytes an index
    FINISHED  run, transaction, replies   those that differ, then who got which
    FORGET    run                         folded into the database

A bare write() survives the death of the process, fdatasync() now and then a
power cut.  The first record that is not whole ends the file.
"""

from __future__ import annotations

import functools
import logging
import os
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zlib import crc32

log = logging.getLogger("mmcore.smtp")

BEGIN, STARTED, FINISHED, FORGET = range(1, 5)

_HEAD = struct.Struct("<IIB")
_REST_OF_HEAD = struct.Struct("<IB")
_RUN = struct.Struct("<I")
_MARK = struct.Struct("<II")
_REPLY = struct.Struct("<HBH")
# A file without anything to keep is emptied when it has grown to this.
_WORTH_EMPTYING = 65536


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said of a recipient (RFC 5321, 4.2; RFC 3463)."""

    code: int
    enhanced: str = ""
    text: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (str(self.code), self.enhanced, self.text)))


@dataclass(slots=True)
class Marks:
    """What the journal knows of a delivery, by index of its recipients."""

    done: dict[int, Reply] = field(default_factory=dict)
    #: Started at least once and not finished, unless another attempt settled it.
    in_doubt: set[int] = field(default_factory=set)


class Journal:
    """The journal of one out runner; see the docstring of the module.

    Opening it cuts off a torn end.  Only one process may have it open.
    """

    def __init__(
        self, path: Path, *, sync_recipients: int = 100, sync_seconds: float = 0.05
    ) -> None:
        """Open or create the file; raises OSError.

        A mark is followed by fdatasync() when `sync_recipients` were started
        since the last one, or its oldest mark since then is `sync_seconds` old.
        """
        self._sync_recipients, self._sync_seconds = sync_recipients, sync_seconds
        self._unsynced, self._oldest = 0, 0.0
        # Marks as last read, and the runs that had others since.
        self._known: dict[str, Marks] | None = None
        self._touched: set[int] = set()
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            _sync_directory(path.parent)
            data = self._read()
            kept, self._runs, self._next_run = _scan_runs(data)
            if kept < len(data):
                log.warning("%s: cut off %d bytes at a torn record", path, len(data) - kept)
                os.ftruncate(self._file, kept)
            self._size = kept
        except BaseException:
            os.close(self._file)
            raise

    def begin(self, key: str) -> int:
        """Announce a delivery and get the number for its marks; raises OSError.

        May be done again for the same key: what is known of it adds up.
        """
        run, self._next_run = self._next_run, self._next_run + 1
        self._append(BEGIN, _RUN.pack(run) + key.encode("ascii"))
        self._runs.setdefault(key, []).append(run)
        self._touched.add(run)
        return run

    def started(self, run: int, transaction: int, indices: Sequence[int]) -> None:
        """Mark that these recipients may get the message from now on; raises OSError."""
        self._append(STARTED, _numbers(len(indices) + 2).pack(run, transaction, *indices))
        self._unsynced += len(indices)
        self._marked(run)

    def finished(self, run: int, transaction: int, replies: Sequence[Reply]) -> None:
        """Mark the replies to a started transaction, one per index; raises OSError."""
        self._append(FINISHED, _MARK.pack(run, transaction) + _pack_replies(replies))
        self._marked(run)

    def recall(self, key: str) -> Marks | None:
        """What is known of a delivery, or None if it never began; raises OSError.

        The file is read again only for marks made since it was read last.
        """
        runs = self._runs.get(key)
        if runs is None:
            return None
        if self._known is None or not self._touched.isdisjoint(runs):
            self._known = self.load()
            self._touched.clear()
        return self._known[key]

    def load(self) -> dict[str, Marks]:
        """What is known of each delivery that is not forgotten, by key; raises OSError."""
        return _marks(self._read(), {run: key for key in self._runs for run in self._runs[key]})

    def keys(self) -> list[str]:
        """The deliveries that began and are not forgotten."""
        return list(self._runs)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop these deliveries, known or not: the database knows them now; raises OSError."""
        for key in keys:
            for run in self._runs.pop(key, ()):
                self._append(FORGET, _RUN.pack(run))
                self._touched.discard(run)
            if self._known is not None:
                self._known.pop(key, None)
        if not self._runs and self._size >= _WORTH_EMPTYING:
            self.clear()

    def clear(self) -> None:
        """Forget everything; raises OSError."""
        os.ftruncate(self._file, 0)
        self._runs.clear()
        self._touched.clear()
        self._known = None
        self._size = self._unsynced = 0

    def sync(self) -> None:
        """Bring all marks to the disk; raises OSError."""
        os.fdatasync(self._file)
        self._unsynced, self._oldest = 0, 0.0

    def close(self) -> None:
        """Close the file; the journal cannot be used any more."""
        os.close(self._file)

    def _marked(self, run: int) -> None:
        self._touched.add(run)
        now = time.monotonic()
        self._oldest = self._oldest or now
        if self._unsynced >= self._sync_recipients or now - self._oldest >= self._sync_seconds:
            self.sync()

    def _append(self, kind: int, payload: bytes) -> None:
        rest = _REST_OF_HEAD.pack(len(payload), kind) + payload
        record = crc32(rest).to_bytes(4, "little") + rest
        written = os.write(self._file, record)
        if written < len(record):
            # Disk full: what follows a torn record could never be read.
            os.ftruncate(self._file, self._size)
            raise OSError(f"only {written} of {len(record)} bytes of the journal were written")
        self._size += written

    def _read(self) -> bytes:
        size = os.fstat(self._file).st_size
        parts, at = [], 0
        while at < size and (part := os.pread(self._file, size - at, at)):
            parts.append(part)
            at += len(part)
        return b"".join(parts)


def read_marks(path: Path) -> dict[str, Marks]:
    """What a journal knows, by key, without opening it for good; raises OSError.

    Another process may be writing to it: a record that is not whole yet is left out.
    """
    data = path.read_bytes()
    kept, runs, _ = _scan_runs(data)
    return _marks(data[:kept], {run: key for key in runs for run in runs[key]})


@functools.lru_cache(maxsize=256)
def _numbers(count: int) -> struct.Struct:
    return struct.Struct(f"<{count}I")


def _sync_directory(path: Path) -> None:
    """Make the name of a new file survive a power cut."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _records(data: bytes) -> Iterator[tuple[int, int, memoryview]]:
    """(kind, end of the record, payload) of each whole record."""
    view, at = memoryview(data), 0
    while at + _HEAD.size <= len(data):
        checksum, length, kind = _HEAD.unpack_from(data, at)
        begin = at + _HEAD.size
        at = begin + length
        if at > len(data) or crc32(view[begin - _REST_OF_HEAD.size : at]) != checksum:
            return
        yield kind, at, view[begin:at]


def _scan_runs(data: bytes) -> tuple[int, dict[str, list[int]], int]:
    """Length of what is whole, runs of each key not forgotten, next run number."""
    kept, last, keys = 0, 0, dict[int, str]()
    for kind, end, payload in _records(data):
        kept = end
        if kind == BEGIN:
            (last,) = _RUN.unpack_from(payload)
            keys[last] = str(payload[_RUN.size :], "ascii")
        elif kind == FORGET:
            keys.pop(_RUN.unpack_from(payload)[0], None)
    runs: dict[str, list[int]] = {}
    for run, key in keys.items():
        runs.setdefault(key, []).append(run)
    return kept, runs, last + 1


def _marks(data: bytes, owners: dict[int, str]) -> dict[str, Marks]:
    """The marks of these runs, by the key that owns them."""
    found = {key: Marks() for key in owners.values()}
    pending: dict[tuple[int, int], tuple[int, ...]] = {}
    for kind, _, payload in _records(data):
        if kind not in (STARTED, FINISHED):
            continue
        run, transaction = _MARK.unpack_from(payload)
        if run not in owners:
            continue
        if kind == STARTED:
            pending[run, transaction] = _numbers(len(payload) // 4).unpack(payload)[2:]
        elif (indices := pending.pop((run, transaction), None)) is not None:
            replies = _unpack_replies(payload[_MARK.size :].tobytes(), len(indices))
            found[owners[run]].done.update(zip(indices, replies, strict=True))
    for (run, _), indices in pending.items():
        marks = found[owners[run]]
        # Refused for now, then begun again: that is in doubt as if it were the first time.
        marks.in_doubt.update(
            index
            for index in indices
            if index not in marks.done or 300 <= marks.done[index].code < 500
        )
    return found


def _pack_replies(replies: Sequence[Reply]) -> bytes:
    """Number of different replies, these, and who got which if there are several."""
    first = replies[0]
    if replies.count(first) == len(replies):
        return b"\x01\0\0\0" + _pack_reply(first)
    table = {reply: number for number, reply in enumerate(dict.fromkeys(replies))}
    numbers = _numbers(len(replies)).pack(*[table[reply] for reply in replies])
    return _RUN.pack(len(table)) + b"".join(map(_pack_reply, table)) + numbers


def _pack_reply(reply: Reply) -> bytes:
    enhanced = reply.enhanced.encode("ascii", "replace")[:255]
    text = reply.text.encode("utf-8", "replace")[:1000]
    return _REPLY.pack(reply.code, len(enhanced), len(text)) + enhanced + text


def _unpack_replies(data: bytes, count: int) -> Sequence[Reply]:
    """The reverse of `_pack_replies`; one reply per index."""
    (different,) = _RUN.unpack_from(data)
    table, at = [], _RUN.size
    for _ in range(different):
        code, enhanced, text = _REPLY.unpack_from(data, at)
        middle = at + _REPLY.size + enhanced
        at = middle + text
        table.append(
            Reply(
                code,
                data[middle - enhanced : middle].decode("ascii"),
                data[middle:at].decode("utf-8", "replace"),
            )
        )
    if different == 1:
        return [table[0]] * count
    return [table[number] for number in _numbers(count).unpack_from(data, at)]
