"""The delivery ledger: what became of every recipient of every message."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from BTrees.OOBTree import OOTreeSet

from resources.addresses.model import now
from resources.container import Container, Node


class DeliveryRecord(Node):
    """One message that left, with the fate of each recipient.

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


class Deliveries(Container):
    """All records by the name of the queue entry that was delivered."""

    def __init__(self) -> None:
        super().__init__()
        self._by_time = OOTreeSet()

    def add(self, name: str, record: DeliveryRecord) -> None:
        """Write down a finished delivery."""
        self._insert(name, record)
        self._by_time.add((record.finished_at, name))

    def record(
        self, name: str, message_id: str, list_id: str, recipients: Any, states: bytes
    ) -> DeliveryRecord:
        """Create and add a record."""
        record = DeliveryRecord(message_id, list_id, recipients, states)
        self.add(name, record)
        return record

    def older_than(self, age: timedelta) -> Iterator[tuple[datetime, str]]:
        """(time, name) of records that were finished longer ago than `age`."""
        return iter(list(self._by_time.keys(max=(now() - age, ""))))

    def evict(self, age: timedelta, limit: int = 1000) -> int:
        """Forget records older than `age`, at most `limit`; returns how many."""
        gone = 0
        for key in self.older_than(age):
            if gone == limit:
                break
            self._by_time.remove(key)
            self._delete(key[1])
            gone += 1
        return gone
