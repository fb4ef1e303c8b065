"""Brings a journal to the disk beside the work, for a disk takes its time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class Durability:
    """A thread that calls `sync` when it is asked to; one call at a time.

    Whoever asks waits only while more than `most` marks are not on the disk: that is what a
    power cut may cost, however slow the disk is.
    """

    def __init__(self, sync: Callable[[], None], most: int = 1000) -> None:
        self._sync = sync
        self._most = most
        self._changed = threading.Condition()
        #: Marks that are being brought to the disk, and those that are to follow.
        self._under_way = self._waiting = 0
        self._ended = False
        self._failure: OSError | None = None
        self._thread: threading.Thread | None = None

    def ask(self, marks: int) -> None:
        """Have so many further marks brought to the disk soon.  Raises OSError if it fails."""
        with self._changed:
            self._raise()
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="sync", daemon=True)
                self._thread.start()
            self._waiting += marks
            self._changed.notify_all()
            self._changed.wait_for(
                lambda: self._under_way + self._waiting <= self._most or self._failure
            )
            self._raise()

    def close(self) -> None:
        """End the thread when it has done what it was asked for."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _raise(self) -> None:
        if self._failure is not None:
            raise OSError(self._failure.errno or 0, os.strerror(self._failure.errno or 0))

    def _serve(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ended or self._waiting)
                if not self._waiting:
                    return
                self._under_way, self._waiting = self._waiting, 0
            try:
                self._sync()
            except OSError as error:
                with self._changed:
                    self._failure = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._under_way = 0
                self._changed.notify_all()
