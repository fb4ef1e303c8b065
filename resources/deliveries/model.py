"""The delivery ledger: what became of every recipient of every message."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, islice, repeat
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.delivery import IDeliveries, IDeliveryRecord
from mmcore.queue.address_search import find_address
from resources.addresses.model import now
from resources.container import Node
from resources.deliveries.reading import OpenRecord
from resources.deliveries.shelf import Shelf, key_at

#: As many as a queue has shards, and for the same reason (docs/decisions/0003).
SHELVES = 4

#: Records read from the storage in one go.
GROUP = 100


@implementer(IDeliveryRecord)
class DeliveryRecord(Node):
    """See `IDeliveryRecord`.

    `recipients` is the very object that the queue entry had (so it is stored
    once); `states` is the compact form of `mmcore.mta.ledger`, in the order
    of the recipients.
    """

    def __init__(self, message_id: str, list_id: str, recipients: Any, states: bytes) -> None:
        self.message_id = message_id
        self.list_id = list_id
        self.recipients = recipients
        self.states = states
        self.finished_at = now()

    def opened(self) -> OpenRecord:
        """See `IDeliveryRecord`."""
        return OpenRecord(self)

    def find(self, email: str) -> int | None:
        """See `IDeliveryRecord`."""
        return find_address(self.recipients, email)


@implementer(IDeliveries)
class Deliveries(Node):
    """See `IDeliveries`."""

    def __init__(self) -> None:
        self._shelves = _new_shelves()

    def __len__(self) -> int:
        return sum(shelf.total() for shelf in self._shelves)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __getitem__(self, name: str) -> DeliveryRecord:
        """Traversal: raises KeyError for an unknown name."""
        found = self.get(name)
        if found is None:
            raise KeyError(name)
        return found

    def get(self, name: str) -> DeliveryRecord | None:
        """See `IDeliveries`."""
        shelf = self._shelf(name)
        key = shelf.key_of(name)
        return None if key is None else shelf.records[key]

    def values(self) -> Iterator[DeliveryRecord]:
        """All records, the newest first."""
        return (record for _, record in self.newest())

    def record(
        self, name: str, message_id: str, list_id: str, recipients: Any, states: bytes
    ) -> DeliveryRecord:
        """See `IDeliveries`.  One of the same name is replaced."""
        shelf = self._shelf(name)
        key = shelf.key_of(name)
        if key is not None:
            shelf.remove(key)
        record = DeliveryRecord(message_id, list_id, recipients, states)
        record.__name__, record.__parent__ = name, self
        shelf.add(record)
        return record

    def of_message(
        self,
        message_id: str,
        list_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[DeliveryRecord]:
        """See `IDeliveries`."""
        found = chain.from_iterable(shelf.of_message(message_id) for shelf in self._shelves)
        wanted = [
            (key, record)
            for key, record in found
            if (list_id is None or record.list_id == list_id)
            and (since is None or since <= record.finished_at)
            and (until is None or record.finished_at <= until)
        ]
        return [record for _, record in sorted(wanted, key=lambda pair: -pair[0])]

    def count(
        self,
        list_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """See `IDeliveries`."""
        if since is None and until is None:
            return sum(shelf.count(list_id) for shelf in self._shelves)
        return sum(1 for _ in self._places(list_id, since, until))

    def newest(
        self,
        list_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
        recipients: bool = False,
    ) -> Iterator[tuple[str, DeliveryRecord]]:
        """See `IDeliveries`."""
        places = self._places(list_id, since, until, after)
        while group := list(islice(places, GROUP)):
            records = [self._shelves[number].records[key] for key, number in group]
            self._fetch(records)
            if recipients:
                self._fetch([record.recipients for record in records])
            for (key, number), record in zip(group, records, strict=True):
                yield f"{-key:x}.{number}", record
                _release(record)

    def page(self, start: int, count: int, **wanted: Any) -> list[DeliveryRecord]:
        """Some of the newest, from a position on; `wanted` as for `newest`."""
        places = list(islice(self._places(**wanted), start, start + count))
        records = [self._shelves[number].records[key] for key, number in places]
        self._fetch(records)
        return records

    def evict(self, age: timedelta, limit: int = 1000) -> int:
        """See `IDeliveries`."""
        gone = 0
        for shelf in self._shelves:
            keys = list(islice(shelf.keys(None, key_at(now() - age), None), limit - gone))
            self._fetch([shelf.records[key] for key in keys])
            for key in keys:
                shelf.remove(key)
            gone += len(keys)
        return gone

    def reindex(self) -> None:
        """Put the records of older releases where they belong."""
        # Looking at `__dict__` does not load a ghost.
        self._p_activate()
        self.__dict__.pop("_by_time", None)
        self.__dict__.pop("_count", None)
        old = self.__dict__.pop("_data", None)
        if "_shelves" not in self.__dict__:
            self._shelves = _new_shelves()
        for name, record in () if old is None else old.items():
            # They know their names, so none of them has to be written again.
            self._shelf(name).add(record)

    def _shelf(self, name: str) -> Shelf:
        """Where the record of a name is: the same part of them as of the queue."""
        digit = name.rpartition("+")[2][:1]
        number = int(digit, 16) if digit and digit in "0123456789abcdef" else 0
        return self._shelves[number * SHELVES >> 4]

    def _places(
        self,
        list_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
    ) -> Iterator[tuple[int, int]]:
        """(key, number of the shelf) in the order of keys, those behind the place `after`."""
        least = None if until is None else key_at(until)
        most = None if since is None else key_at(since)
        last = (0, 0)
        if after:
            moment, _, number = after.partition(".")
            last = -int(moment[:15], 16), int(number)
            least = last[0] if least is None else max(least, last[0])
        merged = heapq.merge(
            *(
                zip(shelf.keys(list_id, least, most), repeat(number), strict=False)
                for number, shelf in enumerate(self._shelves)
            )
        )
        return (place for place in merged if not after or place > last)

    def _fetch(self, objects: list[Any]) -> None:
        """Ask the storage for all that is not here, in one go."""
        ghosts = [node for node in objects if getattr(node, "_p_changed", False) is None]
        if len(ghosts) > 1:
            self._p_jar.prefetch(ghosts)


def _new_shelves() -> tuple[Shelf, ...]:
    return tuple(Shelf() for _ in range(SHELVES))


def _release(record: DeliveryRecord) -> None:
    """Have the memory of a record back; whoever still has it loads it again."""
    for node in (record.recipients, record):
        deactivate = getattr(node, "_p_deactivate", None)
        if deactivate is not None:
            deactivate()
