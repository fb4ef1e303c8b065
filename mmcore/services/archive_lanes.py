"""What archivers have still to get, and when they may be asked again.

Each archiver has a lane of its own in the archive runner: while it is away, posts wait in its
lane in the order in which they came, and nobody else waits for it.  The entries themselves are in
the queue `archive`; lanes only know their names.
"""

from __future__ import annotations

import bisect
import itertools
import time
from collections.abc import Callable, Collection

#: Seconds that an archiver is left alone after a failure; doubles with every failure …
FIRST_PAUSE = 1.0
#: … up to this.
LONGEST_PAUSE = 300.0


class Lane:
    """The lane of one archiver."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # (when it is due, number in the order of arrival, name of the entry), in order
        self._waiting: list[tuple[float, int, str]] = []
        self._numbers = itertools.count()
        self._pause = 0.0
        self._rests_until = 0.0
        self._successes = 0
        # Name of an entry that failed -> how many had succeeded before.
        self._failed: dict[str, int] = {}

    def __len__(self) -> int:
        """How many entries wait."""
        return len(self._waiting)

    @property
    def is_resting(self) -> bool:
        """Whether the archiver is left alone, because it failed."""
        return self._clock() < self._rests_until

    @property
    def has_queue(self) -> bool:
        """Whether what comes now has to stand in line."""
        return self.is_resting or bool(self._waiting and self._waiting[0][0] <= self._clock())

    def add(self, name: str, *, has_failed: bool = False) -> None:
        """Have an entry wait; one that has failed lets the others go first."""
        due = 0.0
        if has_failed:
            due = self._rests_until
            self._failed[name] = self._successes
        bisect.insort(self._waiting, (due, next(self._numbers), name))

    def next(self, most: int) -> list[str]:
        """Names of the entries whose turn it is, in order; they go on waiting."""
        if self.is_resting:
            return []
        now = self._clock()
        return [name for due, _, name in self._waiting[:most] if due <= now]

    def drop(self, names: Collection[str]) -> None:
        """Have entries not wait any more."""
        self._waiting = [each for each in self._waiting if each[2] not in names]

    def worked(self) -> None:
        """Take note that the archiver took a message."""
        self._successes += 1
        self._pause = self._rests_until = 0.0

    def failed(self) -> float:
        """Take note that the archiver could not take a message; returns the pause it gets."""
        self._pause = min(max(2 * self._pause, FIRST_PAUSE), LONGEST_PAUSE)
        self._rests_until = self._clock() + self._pause
        return self._pause

    def is_at_fault(self, name: str) -> bool:
        """Whether others succeeded since this entry failed: then it is not the archiver's fault.

        Asked once for each time.
        """
        before = self._failed.pop(name, None)
        return before is not None and self._successes > before
