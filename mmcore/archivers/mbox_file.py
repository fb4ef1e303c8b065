"""One mbox file that grows, and beside it the marks of what is in it.

The format is mboxrd (RFC 4155, and its appendix for the quoting): a line `From SENDER DATE`
begins a message, lines that look like it get one more `>`, a blank line ends it.

Before a message is appended, a mark says what will stand where, and afterwards another that it
does.  Both are lines of text:

    + FINGERPRINT OFFSET LENGTH CRC
    = FINGERPRINT

The first is on the disk before the message is.  A message without the second is looked at again:
if it is not there whole, it is taken away and has to come again.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from mmcore.archivers.files import make_folder, sync_folder
from mmcore.interfaces.archiver import ArchiverUnavailableError

#: Seconds to wait for a mail reader that has locked the file.
LOCK_SECONDS = 5.0

_FROM_LINE = re.compile(rb"^(>*From )", re.MULTILINE)
_NOT_IN_SENDER = re.compile(r"[^!-~]")


@dataclass
class _Marks:
    """What the marks say."""

    size: int = 0
    kept: set[str] = field(default_factory=set)
    #: (fingerprint, offset, length, crc) of a message that may not be there whole.
    unsure: tuple[str, int, int, int] | None = None


class MboxFile:
    """A file of messages, each once; several processes may append to it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._marks_path = path.with_name(f".{path.stem}.marks")
        self._marks = _Marks()

    def append(self, key: str, data: bytes) -> None:
        """Append a message (see `as_mbox`) unless it is there; durable then.

        Raises OSError, and ArchiverUnavailableError if somebody locks the file for long.
        """
        make_folder(self.path.parent)
        with self._locked() as file, self._marks_path.open("ab+") as marks:
            self._read_marks(marks)
            self._settle(file, marks)
            if key in self._marks.kept:
                return
            offset = os.fstat(file).st_size
            _write(marks.fileno(), f"+ {key} {offset} {len(data)} {crc32(data)}\n".encode())
            os.fsync(marks.fileno())
            if not offset:
                sync_folder(self.path.parent)
            try:
                _write(file, data)
            except OSError:
                os.ftruncate(file, offset)
                raise
            os.fsync(file)
            _write(marks.fileno(), f"= {key}\n".encode())

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The file, open, and locked as mail readers do it."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        file = os.open(self.path, flags, 0o660)
        try:
            deadline = time.monotonic() + LOCK_SECONDS
            while True:
                try:
                    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= deadline:
                        raise ArchiverUnavailableError(
                            f"{self.path} is locked by another program"
                        ) from None
                time.sleep(0.02)
            yield file
        finally:
            os.close(file)

    def _read_marks(self, file: Any) -> None:
        """Take in the marks made since the last time."""
        marks = self._marks
        size = os.fstat(file.fileno()).st_size
        if size < marks.size:
            # Somebody took the file away: then it begins anew.
            self._marks = marks = _Marks()
        data = os.pread(file.fileno(), size - marks.size, marks.size)
        if not data.endswith(b"\n") and data:
            # Torn by a crash; what it announced did not begin.
            data = data[: data.rfind(b"\n") + 1]
            os.ftruncate(file.fileno(), marks.size + len(data))
        marks.size += len(data)
        for line in data.decode("ascii", "replace").splitlines():
            sign, key, *numbers = line.split(" ")
            if sign == "+":
                offset, length, checksum = map(int, numbers)
                marks.unsure = (key, offset, length, checksum)
            else:
                marks.kept.add(key)
                marks.unsure = None

    def _settle(self, file: int, marks: Any) -> None:
        """Look whether the message that was announced last has come."""
        if self._marks.unsure is None:
            return
        key, offset, length, checksum = self._marks.unsure
        if crc32(os.pread(file, length, offset)) == checksum:
            _write(marks.fileno(), f"= {key}\n".encode())
            self._marks.kept.add(key)
        elif os.fstat(file).st_size < offset + length:
            # The beginning of it.  (A longer file is not what we left: it is not touched.)
            os.ftruncate(file, min(offset, os.fstat(file).st_size))
        self._marks.unsure = None


def as_mbox(msg: Any, received: datetime) -> bytes:
    """A message as it stands in an mbox file, with line ends of this system."""
    sender = _NOT_IN_SENDER.sub("?", str(msg.sender)) or "MAILER-DAEMON"
    data = msg.as_bytes()
    if data.startswith(b"From "):
        # It has been in such a file before.
        data = data.partition(b"\n")[2]
    data = _FROM_LINE.sub(rb">\1", data.replace(b"\r\n", b"\n"))
    if not data.endswith(b"\n"):
        data += b"\n"
    line = f"From {sender} {time.asctime(received.timetuple())}\n"
    return line.encode("ascii") + data + b"\n"


def _write(file: int, data: bytes) -> None:
    """Write all of it; raises OSError."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
