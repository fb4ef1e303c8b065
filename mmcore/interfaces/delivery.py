"""Deliveries: what became of every recipient of every message."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from zope.interface import Attribute, Interface


class DeliveryState(Enum):
    """What is known of one recipient of a message; the names are told to clients."""

    #: On its way: not tried yet, or going to be tried again.
    waiting = 0
    #: The next server has taken it.
    delivered = 1
    #: Refused for now by one attempt; another followed, or was to follow.
    deferred = 2
    #: Refused for good, or given up.
    failed = 3
    #: The process or the connection ended between the end of the message and the reply.
    in_doubt = 4
    #: Nothing is written down of it that can be read.
    unknown = 5


@dataclass(frozen=True, slots=True)
class Fate:
    """What is known of a message and one of its recipients.

    `when` is the time of the latest reply and `batch` the number of the SMTP transaction among
    those of the record `record`; 0, None and '' are for what is not known.  `attempt` counts
    the records of the message that have this recipient.  `queue` is where the message waits
    for this recipient, if it does, `since` the time from which it has been there or in the
    house, and `next_attempt` the time of the next attempt, if that is in the future.
    """

    message_id: str
    list_id: str
    email: str
    state: DeliveryState = DeliveryState.unknown
    code: int = 0
    enhanced: str = ""
    text: str = ""
    when: datetime | None = None
    batch: int = 0
    record: str = ""
    attempt: int = 0
    queue: str = ""
    since: datetime | None = None
    next_attempt: datetime | None = None


class IOpenRecord(Interface):
    """A record as read for one question."""

    def __len__() -> int:
        """How many recipients it has."""

    def emails() -> Sequence[str]:
        """The recipients."""

    def state(index: int) -> DeliveryState:
        """What became of a recipient."""

    def fate(index: int) -> Fate:
        """What is known of a recipient."""

    def totals() -> dict[DeliveryState, int]:
        """How many recipients are in each state; the recipients are not loaded for that."""

    def indices(state: DeliveryState) -> Sequence[int]:
        """The recipients in a state, in order; they are not loaded for that."""


class IDeliveryRecord(Interface):
    """An attempt to deliver a message, and what became of each recipient."""

    __name__ = Attribute("The name of the queue entry that was delivered.")
    message_id = Attribute("The Message-ID with its angle brackets.")
    list_id = Attribute("Of the list, or ''.")
    finished_at = Attribute("When the attempt was over, naive UTC.")

    def opened() -> IOpenRecord:
        """What it says; a damaged one says of everybody that nothing is known."""

    def find(email: str) -> int | None:
        """The index of a recipient, whose letter case does not count."""


class IDeliveries(Interface):
    """All records."""

    def record(
        name: str, message_id: str, list_id: str, recipients: object, states: bytes
    ) -> IDeliveryRecord:
        """Write an attempt down.

        `recipients` is what the queue entry had; `states` is the form of `mmcore.mta.ledger`.
        """

    def get(name: str) -> IDeliveryRecord | None:
        """Find one."""

    def of_message(
        message_id: str,
        list_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[IDeliveryRecord]:
        """Those of a message, of one list or of any, the oldest first."""

    def count(
        list_id: str | None = None, since: datetime | None = None, until: datetime | None = None
    ) -> int:
        """How many there are."""

    def newest(
        list_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str = "",
        recipients: bool = False,
    ) -> Iterator[tuple[str, IDeliveryRecord]]:
        """(place, record), the newest first, behind the place `after`.

        Read in groups and dropped from memory again; `recipients` says that they will be
        looked at.  Raises ValueError for what is no place.
        """

    def evict(age: timedelta, limit: int = 1000) -> int:
        """Forget records older than `age`, at most `limit`; returns how many."""
