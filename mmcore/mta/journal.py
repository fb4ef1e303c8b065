"""What an out runner has begun and what it has finished, on disk at once.

SMTP leaves a gap that no client can close: after the final dot the server may
have taken the message although its reply never reached us (RFC 5321, 4.2.5).
So a mark is written before the dot and another after the reply; of a runner
that died only what has the first and not the second mark is in doubt.

One append-only file per runner instance; `marks` has its format.
A bare write() survives the death of the process, fdatasync() now and then a
power cut.  The first record that is not whole ends the file.  When the disk is full
nothing is begun, but there is room for the replies to what was begun before.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmcore.mta.durability import Durability
from mmcore.mta.marks import (
    BEGIN,
    FINISHED,
    FORGET,
    MARK,
    RUN,
    STARTED,
    Marks,
    Reply,
    marks_of,
    numbers,
    only,
    pack_replies,
    record,
    scan_runs,
)
from mmcore.mta.reserve import Reserve

__all__ = ["Journal", "Marks", "Reply", "read_marks"]

log = logging.getLogger("mmcore.smtp")

# A file is written anew when what is forgotten takes so many bytes, and most of it.
_WORTH_REWRITING = 1 << 20


class Journal:
    """The journal of one out runner; see the docstring of the module.

    Opening it cuts off a torn end.  Only one process may have it open.
    """

    def __init__(
        self,
        path: Path,
        *,
        sync_recipients: int = 100,
        sync_seconds: float = 0.05,
        in_background: bool = False,
    ) -> None:
        """Open or create the file; raises OSError.

        A mark is followed by fdatasync() when `sync_recipients` were started
        since the last one, or its oldest mark since then is `sync_seconds` old;
        with `in_background` a thread does it, and nobody waits while the disk keeps up.
        """
        self._sync_recipients, self._sync_seconds = sync_recipients, sync_seconds
        self._durability = Durability(self._to_disk) if in_background else None
        # Of the file's number, which changes when the file is written anew.
        self._file_lock = threading.Lock()
        self._unsynced, self._oldest = 0, 0.0
        self._path = path
        self._reserve = Reserve(path.with_name(path.name + ".reserve"))
        #: Bytes of each run since the file was opened, and of those that are forgotten.
        self._sizes: Counter[int] = Counter()
        self._forgotten = 0
        # Marks as last read, and the runs that had others since.
        self._known: dict[str, Marks] | None = None
        self._touched: set[int] = set()
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            self._reserve.make()
            _sync_directory(path.parent)
            data = self._read()
            kept, self._runs, self._next_run = scan_runs(data)
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
        self._append(BEGIN, RUN.pack(run) + key.encode("ascii"), run)
        self._runs.setdefault(key, []).append(run)
        self._touched.add(run)
        return run

    def started(self, run: int, transaction: int, indices: Sequence[int]) -> None:
        """Mark that these recipients may get the message from now on; raises OSError."""
        self._reserve.make()
        self._append(STARTED, numbers(len(indices) + 2).pack(run, transaction, *indices), run)
        self._unsynced += len(indices)
        self._marked(run)

    def finished(self, run: int, transaction: int, replies: Sequence[Reply]) -> None:
        """Mark the replies to a started transaction, one per index; raises OSError."""
        payload = MARK.pack(run, transaction) + pack_replies(replies)
        try:
            self._append(FINISHED, payload, run)
        except OSError:
            # Without this mark they would get it again.
            if not self._reserve.give_up():
                raise
            self._append(FINISHED, payload, run)
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
        return marks_of(self._read(), {run: key for key in self._runs for run in self._runs[key]})

    def keys(self) -> list[str]:
        """The deliveries that began and are not forgotten."""
        return list(self._runs)

    def forget(self, keys: Iterable[str]) -> None:
        """Drop these deliveries, known or not: the database knows them now; raises OSError."""
        keys = set(keys)
        if self._size and self._runs.keys() <= keys:
            self.clear()
            return
        for key in keys:
            for run in self._runs.pop(key, ()):
                self._append(FORGET, RUN.pack(run))
                self._touched.discard(run)
                self._forgotten += self._sizes.pop(run, 0)
            if self._known is not None:
                self._known.pop(key, None)
        if self._forgotten >= max(_WORTH_REWRITING, self._size // 2):
            self._rewrite()

    def clear(self) -> None:
        """Forget everything; raises OSError."""
        os.ftruncate(self._file, 0)
        self._runs.clear()
        self._touched.clear()
        self._known = None
        self._sizes.clear()
        self._size = self._unsynced = self._forgotten = 0

    def _rewrite(self) -> None:
        """Keep only what is not forgotten: under a steady load there is always something.

        The new file takes the place of the old one when it is on the disk.
        """
        kept = only(self._read(), {run for runs in self._runs.values() for run in runs})
        new = self._path.with_name(self._path.name + ".new")
        with new.open("wb") as file:
            file.write(kept)
            file.flush()
            os.fdatasync(file.fileno())
        opened = os.open(new, os.O_RDWR | os.O_APPEND | os.O_CLOEXEC)
        new.rename(self._path)
        with self._file_lock:
            os.close(self._file)
            self._file = opened
        self._size, self._unsynced, self._oldest = len(kept), 0, 0.0
        self._forgotten = 0
        _sync_directory(self._path.parent)

    def sync(self) -> None:
        """Bring all marks to the disk; raises OSError."""
        self._to_disk()
        self._unsynced, self._oldest = 0, 0.0

    def _to_disk(self) -> None:
        with self._file_lock:
            os.fdatasync(self._file)

    def close(self) -> None:
        """Close the file; the journal cannot be used any more."""
        if self._durability is not None:
            self._durability.close()
        os.close(self._file)
        # Whoever comes late must not write to a file that has its number now.
        self._file = -1

    def _marked(self, run: int) -> None:
        self._touched.add(run)
        now = time.monotonic()
        self._oldest = self._oldest or now
        if self._unsynced >= self._sync_recipients or now - self._oldest >= self._sync_seconds:
            if self._durability is None:
                self._to_disk()
            else:
                # A reply without a start of its own counts, too.
                self._durability.ask(max(1, self._unsynced))
            self._unsynced, self._oldest = 0, 0.0

    def _append(self, kind: int, payload: bytes, run: int = 0) -> None:
        data = record(kind, payload)
        written = os.write(self._file, data)
        if written < len(data):
            # Disk full: what follows a torn record could never be read.
            os.ftruncate(self._file, self._size)
            raise OSError(f"only {written} of {len(data)} bytes of the journal were written")
        self._size += written
        self._sizes[run] += written

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
    kept, runs, _ = scan_runs(data)
    return marks_of(data[:kept], {run: key for key in runs for run in runs[key]})


def _sync_directory(path: Path) -> None:
    """Make the name of a new file survive a power cut."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
