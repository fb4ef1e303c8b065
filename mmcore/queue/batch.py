"""Taking entries from a queue, processing them, and committing, in batches.

One transaction takes several entries, because a commit costs more than most
entries do (55 messages a second through five hops singly, 534 in batches).
When anything goes wrong the transaction is aborted and the same entries are
redone one by one, so that the one at fault is found and the others go on.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

from transaction.interfaces import TransientError

from mmcore.database import ATTEMPTS, UNAVAILABLE, Session, back_off, is_full
from mmcore.errors import StorageUnavailableError

log = logging.getLogger("mmcore.runner")

#: A batch ends at so many entries, or after so many seconds of work.
BATCH_ENTRIES = 40
BATCH_SECONDS = 0.08

#: An entry that has met conflicts only lets the others go first for so many seconds.
CROWDED_SECONDS = 1.0

#: process(site, entry): does the work and takes the entry out of its queue.
Process = Callable[[Any, Any], None]
#: failed(name, error): called outside of a transaction for an entry at fault.
Failed = Callable[[str, Exception], None]


class Batch:
    """One runner's way of emptying one queue."""

    def __init__(
        self,
        session: Session,
        queue: str,
        process: Process,
        failed: Failed,
        slice_: int = 0,
        range_: int = 1,
    ) -> None:
        self.session = session
        self.queue = queue
        self.process = process
        self.failed = failed
        self.slice = slice_
        self.range = range_
        #: Entries that met nothing but conflicts, and when they get their next turn.
        self._crowded_out: dict[str, float] = {}
        self.entries = BATCH_ENTRIES
        self.seconds = BATCH_SECONDS

    def step(self, should_stop: Callable[[], bool] = lambda: False) -> int:
        """Process one batch; returns how many entries were dealt with.

        Raises StorageUnavailableError; then nothing is lost, the entries are
        where they were.
        """
        for attempt in range(ATTEMPTS):
            names: list[str] = []
            site = self.session.begin()
            try:
                switchboard = site.queues[self.queue]
                until = time.monotonic() + self.seconds
                for name, entry in self._take(switchboard):
                    names.append(name)
                    self.process(site, entry)
                    if time.monotonic() >= until or should_stop():
                        break
                if names:
                    self.session.commit()
                else:
                    self.session.abort()
                return len(names)
            except TransientError:
                self.session.abort()
                if attempt == ATTEMPTS - 1:
                    return self._singly(names)
                back_off(attempt)
            except UNAVAILABLE as error:
                self.session.abort()
                raise StorageUnavailableError(str(error) or "the storage is away") from error
            except Exception as error:
                # Whatever it was, each entry gets its own transaction now, where
                # the loop's last resort judges the one at fault.
                self.session.abort()
                if is_full(error):
                    # Of which they are innocent.
                    raise StorageUnavailableError(str(error)) from error
                if len(names) == 1:
                    self._at_fault(names[0], error)
                    return 1
                return self._singly(names)
        raise AssertionError("unreachable")

    def _take(self, switchboard: Any) -> list[tuple[str, Any]]:
        """The oldest entries, but for those that were crowded out just now."""
        now = time.monotonic()
        self._crowded_out = {name: at for name, at in self._crowded_out.items() if at > now}
        wanted = self.entries + len(self._crowded_out)
        entries = switchboard.take(self.slice, self.range, wanted)
        return [item for item in entries if item[0] not in self._crowded_out][: self.entries]

    def _singly(self, names: list[str]) -> int:
        for name in names:
            try:
                self.session.run(functools.partial(self._one, name=name))
            except UNAVAILABLE as error:
                raise StorageUnavailableError(str(error) or "the storage is away") from error
            except TransientError:
                # Crowded out by others, again and again: that is not its fault.
                log.warning("%s stays in %s for now: too many conflicts", name, self.queue)
                self._crowded_out[name] = time.monotonic() + CROWDED_SECONDS
            except Exception as error:
                self._at_fault(name, error)
        return len(names)

    def _one(self, site: Any, name: str) -> None:
        entry = site.queues[self.queue].get(name)
        # Gone already: an earlier commit failed only seemingly.
        if entry is not None:
            self.process(site, entry)

    def _at_fault(self, name: str, error: Exception) -> None:
        self.failed(name, error)
