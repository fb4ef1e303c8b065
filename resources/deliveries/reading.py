"""What a delivery record says, in the words of `mmcore.interfaces.delivery`."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.delivery import DeliveryState, Fate, IOpenRecord
from mmcore.mta.ledger import Ledger, LedgerFormatError
from mmcore.mta.outcomes import State

log = logging.getLogger("mmcore.database")

STATES = {
    State.WAITING: DeliveryState.waiting,
    State.DELIVERED: DeliveryState.delivered,
    State.TEMPORARY: DeliveryState.deferred,
    State.PERMANENT: DeliveryState.failed,
    State.IN_DOUBT: DeliveryState.in_doubt,
}
_NUMBERS = {shown: stored for stored, shown in STATES.items()}


@implementer(IOpenRecord)
class OpenRecord:
    """See `IOpenRecord`."""

    def __init__(self, record: Any) -> None:
        self.record = record
        self._emails: Sequence[str] | None = None
        self.ledger: Ledger | None = None
        try:
            self.ledger = Ledger(record.states)
        except LedgerFormatError as error:
            log.error("delivery record %s: %s", record.__name__, error)

    def __len__(self) -> int:
        return len(self.emails()) if self.ledger is None else len(self.ledger)

    @property
    def batches(self) -> int:
        """How many SMTP transactions the attempt had, as far as that is known."""
        return 0 if self.ledger is None else self.ledger.batches

    def emails(self) -> Sequence[str]:
        """See `IOpenRecord`."""
        if self._emails is None:
            recipients = self.record.recipients
            many = getattr(recipients, "emails", None)
            self._emails = recipients or () if many is None else many()
        return self._emails

    def state(self, index: int) -> DeliveryState:
        """See `IOpenRecord`."""
        if self.ledger is None or index >= len(self.ledger):
            return DeliveryState.unknown
        return STATES[self.ledger.state_of(index)]

    def fate(self, index: int) -> Fate:
        """See `IOpenRecord`."""
        record, state = self.record, self.state(index)
        known = (record.message_id, record.list_id, self.emails()[index], state)
        if state is DeliveryState.unknown or self.ledger is None:
            return Fate(*known, record=record.__name__)
        reply, seconds = self.ledger.reply_of(index), self.ledger.time_of(index)
        return Fate(
            *known,
            code=0 if reply is None else reply.code,
            enhanced="" if reply is None else reply.enhanced,
            text="" if reply is None else reply.text,
            when=_moment(seconds) if seconds else record.finished_at,
            batch=self.ledger.batch_of(index),
            record=record.__name__,
        )

    def totals(self) -> dict[DeliveryState, int]:
        """See `IOpenRecord`."""
        if self.ledger is None:
            counts = {DeliveryState.unknown: len(self)}
        else:
            counts = {shown: self.ledger.count(stored) for stored, shown in STATES.items()}
        return {state: count for state, count in counts.items() if count}

    def indices(self, state: DeliveryState) -> Sequence[int]:
        """See `IOpenRecord`."""
        if self.ledger is None:
            return range(len(self)) if state is DeliveryState.unknown else ()
        return self.ledger.indices(_NUMBERS[state]) if state in _NUMBERS else ()


def _moment(seconds: int) -> datetime:
    """A time of the ledger: naive UTC."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
