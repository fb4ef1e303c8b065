"""Whether the indexes of delivery records are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, grouped
from resources.deliveries.shelf import Shelf, digest, key_at

#: A key may be later than its record by as many microseconds as others had the same.
SECOND = 1_000_000


def check(site: Any) -> Iterator[str]:
    """Keys, counts, lists, names and message ids of each shelf."""
    deliveries = site.deliveries
    for shelf in deliveries._shelves:
        for key, record in shelf.records.items():
            if deliveries._shelf(record.__name__) is not shelf:
                yield f"deliveries: {record.__name__} is on another shelf than its own"
            if record.__parent__ is not deliveries:
                yield f"deliveries: {record.__name__} has another parent"
            if not 0 <= key_at(record.finished_at) - key < SECOND:
                yield f"deliveries: {record.__name__} has a key of another time"
        yield from _indexes(shelf)


def _indexes(shelf: Shelf) -> Iterator[str]:
    items = list(shelf.records.items())
    if shelf.total() != len(items):
        yield f"deliveries: counts {shelf.total()}, has {len(items)}"
    by_list = grouped((record.list_id, key) for key, record in items)
    found = {list_id: list(kept.keys) for list_id, kept in shelf.by_list.items()}
    yield from compared("deliveries by list", found, by_list)
    counts = {list_id: kept.total() for list_id, kept in shelf.by_list.items()}
    expected = {list_id: len(keys) for list_id, keys in by_list.items()}
    yield from compared("delivery counts", counts, expected)
    digests = sorted(
        {
            (digest(text), key)
            for key, record in items
            for text in (record.__name__, record.message_id)
        }
    )
    yield from compared("deliveries by name and message", list(shelf.by_digest), digests)
