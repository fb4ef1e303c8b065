"""A sorted index that knows positions: the middle of a million entries is found at once.

A BTree finds keys, not positions: whoever wants the 500,000th entry walks
over all leaves before it.  Here the keys are divided into stretches of some
thousand entries, each with a counter of its own; counting over stretches and
walking within one is all it takes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import Any

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from ZODB.POSException import ConflictError

from resources.container import Node

#: A stretch with more entries than this is divided.
LIMIT = 8192

_first_key = itemgetter(0)


class Leaves(OOBTree):
    """The entries: leaves that are read a page at a time, and rewritten for one change."""

    max_leaf_size = 60
    max_internal_size = 250


class Count(Length):
    """The number of entries in one stretch; None once the stretch has been divided."""

    def _p_resolveConflict(self, old: Any, saved: Any, new: Any) -> Any:
        """Concurrent changes add up, unless one of them counted for a stretch that is no more."""
        if saved is None or new is None:
            raise ConflictError("the stretch was divided")
        return super()._p_resolveConflict(old, saved, new)


class Positions(Node):
    """Tuples as keys, each with a plain value, by key and by position."""

    def __init__(self) -> None:
        self._entries = Leaves()
        #: The first key that belongs to a stretch, and how many entries it has.
        self._stretches: tuple[tuple[tuple, Count], ...] = (((), Count()),)

    def __len__(self) -> int:
        return sum(count() for _, count in self._stretches)

    def __bool__(self) -> bool:
        # An empty index is still an index.
        return True

    def _stretch(self, key: tuple) -> int:
        return bisect_right(self._stretches, key, key=_first_key) - 1

    def _insert(self, key: tuple, value: Any) -> None:
        """Add an entry; raises KeyError if the key is there already."""
        if not self._entries.insert(key, value):
            raise KeyError(key)
        number = self._stretch(key)
        count = self._stretches[number][1]
        count.change(1)
        if count() > LIMIT:
            self._divide(number)

    def _divide(self, number: int) -> None:
        """Make two stretches of one."""
        first, count = self._stretches[number]
        size = count()
        half = size // 2
        middle = self._entries.keys(first)[half]
        # Whoever counts here at the same time has to look again where the entry belongs.
        count.set(None)
        self._stretches = (
            *self._stretches[:number],
            (first, Count(half)),
            (middle, Count(size - half)),
            *self._stretches[number + 1 :],
        )

    def _remove(self, key: tuple) -> None:
        """Take an entry out; raises KeyError if there is none."""
        del self._entries[key]
        self._stretches[self._stretch(key)][1].change(-1)

    def _slice(self, start: int, count: int | None) -> Iterable[tuple[tuple, Any]]:
        """Keys with values from a position on, `count` of them or all."""
        for first, size in self._stretches:
            if start < size():
                items = self._entries.items(first)
                if count is not None:
                    return items[start : start + count]
                return items[start:] if start else items
            start -= size()
        return ()

    def _keys(self, least: tuple, greatest: tuple) -> Iterator[tuple]:
        """Keys between two, both included."""
        return iter(self._entries.keys(least, greatest))
