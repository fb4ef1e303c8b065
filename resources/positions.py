"""A sorted index that knows positions: the middle of a million entries is found at once.

A BTree finds keys, not positions: whoever wants the 500,000th entry walks
over all leaves before it.  Here the keys are divided into stretches of some
hundred entries that are counted, and stretches into groups, an object each.
Adding up over groups, then over the stretches of one group, then walking
within a stretch is all it takes; a change rewrites the counts of one group.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import itemgetter
from typing import Any

from BTrees.OOBTree import OOBTree
from persistent import Persistent
from ZODB.POSException import ConflictError

from resources.container import Node

#: A stretch with more entries than this is divided.
LONG = 160
#: A group with more stretches than this is divided.
WIDE = 80

#: A key, or where a stretch begins: the first part of a key is enough to tell.
Key = tuple[Any, ...]

_first_key = itemgetter(0)


class Leaves(OOBTree):
    """The entries: leaves that are read a page at a time, and rewritten for one change."""

    max_leaf_size = 60
    max_internal_size = 250


class Group(Persistent):
    """Neighbouring stretches: where each begins, and how many entries it has."""

    def __init__(self, begins: tuple[Key, ...], counts: tuple[int, ...]) -> None:
        self.begins = begins
        self.counts = counts

    def _p_resolveConflict(self, old: dict, saved: dict, new: dict) -> dict:
        """Concurrent changes add up, unless a stretch was divided meanwhile."""
        if not old["begins"] == saved["begins"] == new["begins"]:
            raise ConflictError("a stretch was divided")
        rows = zip(old["counts"], saved["counts"], new["counts"], strict=True)
        return {**new, "counts": tuple(mine + theirs - was for was, theirs, mine in rows)}

    def change(self, key: Key, by: int) -> int:
        """Count entries that come or go; returns the number of the stretch."""
        number = bisect_right(self.begins, key) - 1
        counts = list(self.counts)
        counts[number] += by
        self.counts = tuple(counts)
        return number

    def close(self) -> None:
        """Nothing is counted here any more: whoever counts at the same time gets a conflict."""
        self.begins, self.counts = (), ()

    def divide(self, number: int, middle: Key, half: int) -> None:
        """Make two stretches of one: `half` of its entries stay before `middle`."""
        begins, counts = self.begins, self.counts
        self.begins = (*begins[: number + 1], middle, *begins[number + 1 :])
        self.counts = (*counts[:number], half, counts[number] - half, *counts[number + 1 :])


class Positions(Node):
    """Tuples as keys, each with a plain value, by key and by position.

    Values have to be comparable with each other: the database compares them
    when it resolves conflicts.
    """

    #: What the entries are kept in.
    tree: type[OOBTree] = Leaves

    def __init__(self) -> None:
        self._entries = self.tree()
        #: Where a group begins, and the group.
        self._groups: tuple[tuple[Key, Group], ...] = (((), Group(((),), (0,))),)

    def __len__(self) -> int:
        return sum(sum(group.counts) for _, group in self._groups)

    def __bool__(self) -> bool:
        # An empty index is still an index.
        return True

    def _group(self, key: Key) -> int:
        return bisect_right(self._groups, key, key=_first_key) - 1

    def _insert(self, key: Key, value: Any) -> None:
        """Add an entry; raises KeyError if the key is there already."""
        if not self._entries.insert(key, value):
            raise KeyError(key)
        place = self._group(key)
        group = self._groups[place][1]
        number = group.change(key, 1)
        if group.counts[number] > LONG:
            self._divide_stretch(group, number)
            if len(group.begins) > WIDE:
                self._divide_group(place)

    def _divide_stretch(self, group: Group, number: int) -> None:
        begin, half = group.begins[number], group.counts[number] // 2
        key = self._entries.keys(begin)[half]
        # As little of the key as tells it from the one before: groups are rewritten often.
        before = self._entries.keys(begin)[half - 1]
        short = key[:1]
        group.divide(number, short if short > before else key, half)

    def _divide_group(self, place: int) -> None:
        begin, group = self._groups[place]
        begins, counts = group.begins, group.counts
        half = len(begins) // 2
        # Whoever counts in the old one at the same time has to look again where to.
        group.begins, group.counts = begins[:half], counts[:half]
        second = Group(begins[half:], counts[half:])
        self._groups = (
            *self._groups[:place],
            (begin, group),
            (begins[half], second),
            *self._groups[place + 1 :],
        )

    def _remove(self, key: Key) -> None:
        """Take an entry out; raises KeyError if there is none."""
        del self._entries[key]
        self._groups[self._group(key)][1].change(key, -1)

    def _slice(self, start: int, count: int | None) -> Iterable[tuple[Any, Any]]:
        """Keys with values from a position on, `count` of them or all."""
        for _, group in self._groups:
            size = sum(group.counts)
            if start >= size:
                start -= size
                continue
            for begin, entries in zip(group.begins, group.counts, strict=True):
                if start < entries:
                    # Not a slice: it would count all that follows, leaf by leaf.
                    items = self._entries.iteritems(begin)
                    return islice(items, start, None if count is None else start + count)
                start -= entries
        return ()

    def _keys(self, least: Key, greatest: Key) -> Iterator[Key]:
        """Keys between two, both included."""
        return iter(self._entries.keys(least, greatest))

    def wrong_counts(self) -> Iterator[str]:
        """In words, where the counts disagree with the entries; for the checker."""
        begins = [begin for _, group in self._groups for begin in group.begins]
        if begins != sorted(begins) or [begin for begin, _ in self._groups] != [
            group.begins[0] for _, group in self._groups
        ]:
            yield f"stretches begin with {begins}"
            return
        expected = [0] * len(begins)
        for key in self._entries:
            expected[bisect_right(begins, key) - 1] += 1
        counts = [count for _, group in self._groups for count in group.counts]
        for begin, count, found in zip(begins, counts, expected, strict=True):
            if count != found:
                yield f"the stretch from {begin} counts {count}, has {found}"
