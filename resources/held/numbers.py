"""Numbers of requests: small, ascending, never used twice.

One counter would make any two processes that hold posts at the same time
conflict.  So each process has a lane: a few numbers that are its own, and only
when they are used up it turns to the common counter for more.  As long as one
process holds, its numbers have no gaps.
"""

from __future__ import annotations

from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent

#: How many numbers a lane takes at a time.
BLOCK = 10
#: How far a lane may be behind the counter before the rest of its numbers is given up:
#: what is held next Tuesday should not come before what was held today.
BEHIND = 5 * BLOCK


class Lane(Persistent):
    """The numbers of one process: `next` up to, not including, `end`."""

    next = 0
    end = 0


class Numbers(Persistent):
    """Hands out numbers.

    `free` is the first number that no lane has.
    """

    def __init__(self, first: int = 1) -> None:
        self.free = first
        self._lanes = OOBTree()

    def take(self, lane: str) -> int:
        """The next number for whoever is called `lane`."""
        own = self._lanes.get(lane)
        if own is None:
            own = self._lanes[lane] = Lane()
        if own.next == own.end or self.free - own.end > BEHIND:
            own.next, own.end = self.free, self.free + BLOCK
            self.free = own.end
        number: int = own.next
        own.next = number + 1
        return number

    def given(self, number: int) -> bool:
        """Whether a number can have been handed out."""
        return 0 < number < self.free and not any(
            lane.next <= number < lane.end for lane in self._lanes.values()
        )

    def rely(self) -> None:
        """Conflict with every transaction that takes a number after this one began.

        Whoever relies on having seen all that has a number calls this.
        """
        rely_on(self)
        for lane in self._lanes.values():
            rely_on(lane)


def rely_on(node: Any) -> None:
    """Conflict with a concurrent transaction that changes `node`, if that one ends first.

    Unlike `touch` it leaves others alone who rely on the same node.
    """
    if node._p_jar is not None and node._p_oid is not None:
        # A ghost does not know its serial.
        node._p_activate()
        node._p_jar.readCurrent(node)
