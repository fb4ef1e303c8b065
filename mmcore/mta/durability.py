"""Brings a journal to the disk beside the work, for a disk takes its time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable


class Durability:
    """A thread that calls `sync` when it is asked to; one call at a time.

    Whoever asks does not wait, unless the disk is so slow that the last answer to him is
    still missing: so what is not on the disk stays little.
    """

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._changed = threading.Condition()
        self._asked = self._answered = 0
        self._ended = False
        self._failure: OSError | None = None
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Have `sync` called soon.  Raises OSError if it has failed."""
        with self._changed:
            self._raise()
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="sync", daemon=True)
                self._thread.start()
            # One call may be under way, and one more be due after it.
            self._changed.wait_for(lambda: self._asked - self._answered < 2 or self._failure)
            self._raise()
            self._asked += 1
            self._changed.notify_all()

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
                self._changed.wait_for(lambda: self._ended or self._asked > self._answered)
                if self._asked == self._answered:
                    return
            try:
                self._sync()
            except OSError as error:
                with self._changed:
                    self._failure = error
                    self._changed.notify_all()
                return
            with self._changed:
                self._answered += 1
                self._changed.notify_all()
