"""Persistent building blocks: located nodes, containers, and index types.

Containers are BTrees with a `Length` beside them, so that counting is O(1) and
concurrent insertions resolve.  Everything in a container knows its
`__name__` and `__parent__`; traversal needs nothing else.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent


class AddressSet(OOTreeSet):
    """Addresses read in one go by whoever mails them all: big leaves.

    Every object costs 16 µs to unpickle and 200 µs to fetch over ZEO, so a
    leaf holds many addresses; a change rewrites one leaf, some 6 KB.
    """

    max_leaf_size = 250
    max_internal_size = 250


class IndexSet(OOTreeSet):
    """An index of short texts or tuples of them, read a page at a time."""

    max_leaf_size = 100
    max_internal_size = 250


def read_ahead(tree: Any, least: Any = None, greatest: Any = None) -> None:
    """Ask the storage for all leaves that are going to be read, in one go.

    Those of the whole tree, or only those with keys between `least` and `greatest`.
    Over ZEO a leaf that comes alone costs 0.2 ms, among others 0.06.
    """
    level = [tree]
    while level:
        below = [node for parent in level for node in _children(parent, least, greatest)]
        ghosts = [node for node in below if node._p_changed is None]
        if len(ghosts) > 1:
            tree._p_jar.prefetch(ghosts)
        # Below leaves there is nothing.
        level = [node for node in below if isinstance(node, type(tree))]


def _children(tree: Any, least: Any, greatest: Any) -> list[Any]:
    """The nodes right below one of a BTree that can have keys between two."""
    state = tree.__getstate__()
    if state is None or len(state) != 2:
        # A small tree has its only leaf within itself.
        return []
    nodes, begins = state[0][::2], state[0][1::2]
    start = 0 if least is None else bisect_right(begins, least)
    end = len(nodes) if greatest is None else bisect_right(begins, greatest) + 1
    return list(nodes[start:end])


class Node(Persistent):
    """Something with a place in the tree."""

    __name__: str | None = None
    __parent__: Any = None


N = TypeVar("N", bound=Node)


class Container(Node):
    """Named persistent objects of one kind."""

    def __init__(self) -> None:
        self._data = OOBTree()
        self._count = Length()

    def __getitem__(self, name: str) -> Any:
        """Traversal: raises KeyError for an unknown name."""
        return self._data[name]

    def __contains__(self, name: object) -> bool:
        return name in self._data

    def __len__(self) -> int:
        return self._count()

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __bool__(self) -> bool:
        # An empty container is still a container.
        return True

    def get(self, name: str) -> Any:
        """The object of that name, or None."""
        return self._data.get(name)

    def values(self, start: int = 0, count: int | None = None) -> list[Any]:
        """Objects in name order, or a page of them."""
        return page(self._data.values(), start, count)

    def _insert(self, name: str, node: Any) -> None:
        node.__name__ = name
        node.__parent__ = self
        self._data[name] = node
        self._changed(1)

    def _delete(self, name: str) -> None:
        del self._data[name]
        self._changed(-1)

    def _changed(self, by: int) -> None:
        """Count; a container that has an index which counts leaves it to that."""
        self._count.change(by)


def page(items: Any, start: int, count: int | None) -> list[Any]:
    """A slice of BTree items: what comes after it is not loaded."""
    if count is None:
        return list(items[start:] if start else items)
    # A slice of these would ask for the length of all: that loads every leaf.
    return list(islice(iter(items), start, start + count))


def below(node: N, parent: Any) -> N:
    """The node, with its place in the tree, where nothing stores it yet."""
    node.__parent__ = parent
    return node


def touch(node: Any) -> None:
    """Conflict with every concurrent transaction that changes or touches `node`.

    The database finds two writers of one object, not a writer of what the other
    has only looked at.  Whoever relies on a node staying as it is touches it.
    """
    # A ghost would not take note.
    node._p_activate()
    node._p_changed = True


def root_of(node: Any) -> Any:
    """The site at the top of a node's lineage."""
    while node.__parent__ is not None:
        node = node.__parent__
    return node
