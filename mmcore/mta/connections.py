"""How many connections are of use, and which of them had better wait for a while.

One is enough for a server that answers at once; while replies take their time it is as many as
replies are outstanding anyway.  But a server may take fewer than that: who is turned away while
others are served leaves the work to them.
"""

from __future__ import annotations

import threading
import time

#: A reply that takes longer than this (seconds) is worth another connection.
_SLOW = 0.003
#: How much the latest reply counts for the average time that replies take.
_WEIGHT = 0.02
#: A connection is served if it has had an answer within so many seconds.
_SERVED = 10.0
#: For so many seconds one that was turned away is not tried again.
_REST = 5.0


class Connections:
    """See the docstring of the module; each belongs to a thread, which says how it is.

    Not thread-safe: the scheduler has a lock.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        #: So many are of use now.
        self.wanted = 1
        self._latency = 0.0
        # By thread.
        self._answered: dict[int, float] = {}
        self._resting: dict[int, float] = {}

    def took(self, seconds: float) -> None:
        """A reply took so long."""
        self._latency += (seconds - self._latency) * _WEIGHT

    def adjust(self, stalled: int) -> bool:
        """Think about the number again; some are stalled.  Returns whether it has grown."""
        wanted = min(1 + max(stalled, int(self._latency / _SLOW)), self._most)
        more = wanted > self.wanted
        self.wanted = wanted
        return more

    def answered(self) -> None:
        """That of this thread has had an answer."""
        self._answered[threading.get_ident()] = time.monotonic()

    def turned_away(self) -> bool:
        """That of this thread came to nothing; returns whether it leaves the work to others."""
        me, now = threading.get_ident(), time.monotonic()
        if all(now - at > _SERVED for who, at in self._answered.items() if who != me):
            return False
        self._resting[me] = now + _REST
        return True

    def is_resting(self) -> bool:
        """Whether this thread leaves the work to others."""
        return time.monotonic() < self._resting.get(threading.get_ident(), 0.0)

    def is_of_use(self, number: int) -> bool:
        """Whether this thread, the one with this number from 0 on, has something to do."""
        if not self._resting:
            return number < self.wanted
        now = time.monotonic()
        resting = sum(now < until for until in self._resting.values())
        return not self.is_resting() and number < self.wanted + resting
