"""Mail that goes nowhere: each transaction becomes a file in a local maildir.

For development, tests and rehearsals (`[mta] outgoing = maildir`): any mail
reader shows what would have left.  The envelope stands in front of the
message, as `X-Envelope-From` and one `X-Envelope-To` for each recipient.
"""

from __future__ import annotations

import itertools
import os
import re
import socket
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mmcore.config import Settings
from mmcore.mta.deliver import Observer, Transaction
from mmcore.mta.journal import Reply

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_FAILED = "4.3.0"


class MaildirTransport:
    """Delivery into `paths.caught_dir`; see `Transport`."""

    # Shared by all: the names of files must differ between threads.
    _numbers = itertools.count(1)

    def __init__(self, settings: Settings) -> None:
        """Create the maildir if it is missing; raises OSError."""
        self._folder: Path = settings.paths.caught_dir
        for name in ("tmp", "new", "cur"):
            (self._folder / name).mkdir(mode=0o770, parents=True, exist_ok=True)
        self._host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        """See `Transport`."""
        for transaction in transactions:
            self._save(transaction, observer)

    def close(self) -> None:
        """See `Transport`."""

    def _save(self, transaction: Transaction, observer: Observer) -> None:
        name = f"{time.time():.6f}.P{os.getpid()}Q{next(self._numbers)}.{self._host}"
        temporary, final = self._folder / "tmp" / name, self._folder / "new" / name
        everyone = range(len(transaction.recipients))
        try:
            _write(temporary, _with_envelope(transaction))
        except OSError as error:
            reply = Reply(451, _FAILED, f"not saved: {error}")
        else:
            observer.started(transaction, everyone)
            try:
                temporary.rename(final)
            except OSError as error:
                reply = Reply(451, _FAILED, f"not saved: {error}")
            else:
                # Whoever finds the file in new/ has got the message, whether or
                # not its name survives a power cut.
                with suppress(OSError):
                    _sync_directory(final.parent)
                reply = Reply(250, "2.0.0", f"saved as {name}")
        if reply.code != 250:
            with suppress(OSError):
                temporary.unlink()
        observer.finished(transaction, [reply for _ in everyone])


def _with_envelope(transaction: Transaction) -> bytes:
    """The content with its envelope in front, in the line ends of the content."""
    content = transaction.content
    line_end = b"\r\n" if content[: content.find(b"\n") + 1].endswith(b"\r\n") else b"\n"
    fields = [f"X-Envelope-From: <{transaction.sender}>"]
    fields += [f"X-Envelope-To: <{recipient}>" for recipient in transaction.recipients]
    lines = [_CONTROL.sub("?", line).encode("utf-8", "replace") for line in fields]
    return line_end.join([*lines, content])


def _write(path: Path, data: bytes) -> None:
    """Create a file and bring it to the disk; raises OSError."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
