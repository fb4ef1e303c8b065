"""A part of the delivery records, with its indexes, that an out runner has for itself.

Runners write down at the same moment, and the keys of what is new adjoin: two of them would
divide the same leaf again and again, each time in vain for one.  So records are divided like
the queue from which they come, by the hash in their names, and whoever reads merges the shelves.

Keys are negative microseconds since 1970: the newest record comes first, and a number costs a
fifth of what a time and a name would in each index.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from BTrees.Length import Length
from BTrees.LLBTree import LLTreeSet
from BTrees.LOBTree import LOBTree
from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
#: Behind every key; digests are followed by one.
_LAST_KEY = 1


class RecordTree(LOBTree):
    """Records by key.  Each new one rewrites a leaf, so leaves are small."""

    max_leaf_size = 30
    max_internal_size = 250


class KeySet(LLTreeSet):
    """Keys of records of a list."""

    max_leaf_size = 60
    max_internal_size = 250


class DigestSet(OOTreeSet):
    """(digest of a name or message id, key): the leaf to rewrite is another for each."""

    max_leaf_size = 20
    max_internal_size = 250


class Kept(Persistent):
    """The keys of the records of a list, counted."""

    def __init__(self) -> None:
        self.keys = KeySet()
        self.total = Length()


def key_at(moment: datetime) -> int:
    """The key of this time."""
    return -((moment - _EPOCH) // _MICROSECOND)


def digest(text: str) -> bytes:
    """Eight bytes that stand for a text in the index; two texts may have the same."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Shelf(Persistent):
    """See the module."""

    def __init__(self) -> None:
        self.records = RecordTree()
        self.total = Length()
        self.by_list = OOBTree()
        self.by_digest = DigestSet()

    def add(self, record: Any) -> None:
        """Take a record in that has a name which no other has."""
        key = key_at(record.finished_at)
        while key in self.records:
            key -= 1
        self.records[key] = record
        self.total.change(1)
        kept = self.by_list.get(record.list_id)
        if kept is None:
            kept = self.by_list[record.list_id] = Kept()
        kept.keys.add(key)
        kept.total.change(1)
        for text in (record.__name__, record.message_id):
            self.by_digest.add((digest(text), key))

    def remove(self, key: int) -> None:
        """Forget a record; raises KeyError."""
        record = self.records.pop(key)
        self.total.change(-1)
        kept = self.by_list[record.list_id]
        kept.keys.remove(key)
        if kept.keys:
            kept.total.change(-1)
        else:
            del self.by_list[record.list_id]
        for text in (record.__name__, record.message_id):
            # Once if they are the same.
            self.by_digest.discard((digest(text), key))

    def key_of(self, name: str) -> int | None:
        """The key of the record of a name, if there is one."""
        for key in self._having(name):
            if self.records[key].__name__ == name:
                return key
        return None

    def of_message(self, message_id: str) -> Iterator[tuple[int, Any]]:
        """(key, record) of those of a message."""
        for key in self._having(message_id):
            record = self.records[key]
            if record.message_id == message_id:
                yield key, record

    def _having(self, text: str) -> list[int]:
        found = digest(text)
        # A shorter tuple stands before all that begin with it.
        return [key for _, key in self.by_digest.keys((found,), (found, _LAST_KEY))]

    def keys(self, list_id: str | None, least: int | None, most: int | None) -> Any:
        """Keys between two, both included; of a list or of all; the newest first."""
        if list_id is None:
            return self.records.keys(least, most)
        kept = self.by_list.get(list_id)
        return () if kept is None else kept.keys.keys(least, most)

    def count(self, list_id: str | None) -> int:
        """How many records there are, of a list or of all."""
        if list_id is None:
            return self.total()
        kept = self.by_list.get(list_id)
        return 0 if kept is None else kept.total()
