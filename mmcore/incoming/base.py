"""What mail servers have in common: those that are told nothing, and those that read files."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from zope.interface import implementer

from mmcore.database import reading
from mmcore.incoming.addresses import Host, hosts_of
from mmcore.incoming.maps import MapFile
from mmcore.interfaces.incoming import AnnouncedList, IIncoming, MailServerError

#: Seconds to wait for another process that writes the same files.
PATIENCE = 60.0


@implementer(IIncoming)
class MailServer:
    """A mail server that is told nothing; subclasses do more."""

    name = ""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def create(self, mlist: AnnouncedList) -> None:
        """See `IIncoming`."""

    def delete(self, mlist: AnnouncedList) -> None:
        """See `IIncoming`."""

    def regenerate(self, directory: Path | None = None) -> Sequence[Path]:
        """See `IIncoming`."""
        return ()


class FileMailServer(MailServer):
    """A mail server that looks lists up in files; subclasses say in which.

    All files are written anew whenever something has changed: they are a view of an index, and
    so they can never be wrong for long.
    """

    def __init__(self, engine: Any) -> None:
        super().__init__(engine)
        self._writing = threading.Lock()
        self._counting = threading.Lock()
        #: How many changes there have been, and how many of them the files have.
        self._changes = 0
        self._written = 0

    def files(self, directory: Path, hosts: Sequence[Host]) -> list[MapFile]:
        """All files for the lists there are."""
        raise TypeError(f"{type(self).__name__} has to say what it writes")

    def create(self, mlist: AnnouncedList) -> None:
        """See `IIncoming`."""
        self._catch_up()

    def delete(self, mlist: AnnouncedList) -> None:
        """See `IIncoming`."""
        self._catch_up()

    def _catch_up(self) -> None:
        """Return when the files have what had been committed before the call.

        Whoever comes while they are being written waits, and the first of those who waited
        writes for all of them.
        """
        with self._counting:
            self._changes += 1
            mine = self._changes
        with self._writing:
            if self._written >= mine:
                return
            # Of these all have been committed; of later ones nobody knows.
            with self._counting:
                seen = self._changes
            try:
                self.regenerate()
            finally:
                # A second try would fail in the same way.
                self._written = seen

    def regenerate(self, directory: Path | None = None) -> Sequence[Path]:
        """See `IIncoming`."""
        directory = directory or self.engine.settings.paths.data_dir
        changed, problems = [], []
        with self._alone():
            # Only now: what is read must not be older than what another process has written.
            with reading(self.engine.database) as site:
                hosts = hosts_of(site)
            for file in self.files(directory, hosts):
                try:
                    if file.update():
                        changed.append(file.path)
                except (MailServerError, OSError) as error:
                    problems.append(f"{file.path}: {error}")
        if problems:
            raise MailServerError("; ".join(problems))
        return changed

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the files, which the kernel frees with the process."""
        path = self.engine.settings.paths.lock_dir / "mta"
        give_up = time.monotonic() + PATIENCE
        with _opened(path) as lock:
            while True:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() >= give_up:
                        raise MailServerError(
                            f"another process holds the lock {path} for too long"
                        ) from None
                    time.sleep(0.01)
            yield


def _opened(path: Path) -> TextIO:
    try:
        return open(path, "a", encoding="ascii")
    except OSError as error:
        raise MailServerError(f"cannot open the lock {path}: {error.strerror}") from error
