"""The recipients of a delivery record, with what is true of each now.

Other attempts of the same message have some of the recipients again, as a rule few, and some
may wait in a queue for the next one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from mmcore.interfaces.delivery import DeliveryState
from mmcore.services.deliveries import OPEN, SECONDS, SETTLED, Status, latest, status
from mmcore.services.queued_mail import QueueSearch, Waiting


class History:
    """A record among the others of its message and list; looked at for one question."""

    def __init__(self, engine: Any, site: Any, record: Any, seconds: float = SECONDS) -> None:
        self._search = QueueSearch(engine, site, time.monotonic() + seconds)
        self.record = record
        #: All attempts, the oldest first.
        self.records = site.deliveries.of_message(record.message_id, record.list_id)
        self._opened = [known.opened() for known in self.records]
        self._own = [known.__name__ for known in self.records].index(record.__name__)
        # Where the others have each recipient.
        self._others = [
            {} if place == self._own else _places(opened.emails())
            for place, opened in enumerate(self._opened)
        ]
        self._queued: dict[str, list[Waiting]] | None = None

    @property
    def complete(self) -> bool:
        """Whether there was time for all queues, as far as they were needed up to now."""
        return self._search.complete

    def totals(self) -> dict[DeliveryState, int]:
        """How many recipients are in each state now."""
        return dict(Counter(self._states()))

    def indices(
        self, state: DeliveryState | None = None, email: str | None = None
    ) -> Sequence[int]:
        """The recipients, or those in a state now, or the one with an address."""
        if email is not None:
            index = self.record.find(email)
            found = [] if index is None else [index]
            return [index for index in found if state in (None, self.status(index).now.state)]
        if state is None:
            return range(len(self._opened[self._own]))
        return [index for index, found in enumerate(self._states()) if found is state]

    def status(self, index: int) -> Status:
        """What is true of a recipient."""
        email = self._opened[self._own].emails()[index]
        attempts = [opened.fate(place) for opened, place in self._attempts(index, email)]
        return status(attempts, self._waiting(email, attempts), self.complete, attempts[-1])

    def _attempts(self, index: int, email: str) -> Iterator[tuple[Any, int]]:
        """(record, index in it) of each attempt for a recipient."""
        for number, opened in enumerate(self._opened):
            place = index if number == self._own else self._others[number].get(email.lower())
            if place is not None:
                yield opened, place

    def _states(self) -> Iterator[DeliveryState]:
        """The state of each recipient now, in order."""
        own = self._opened[self._own]
        if len(self._opened) == 1 and not any(state in OPEN for state in own.totals()):
            yield from map(own.state, range(len(own)))
            return
        for index, email in enumerate(own.emails()):
            states = [opened.state(place) for opened, place in self._attempts(index, email)]
            state = DeliveryState.delivered if DeliveryState.delivered in states else states[-1]
            if state in OPEN:
                waits = self._queue(email) or not self.complete
                state = DeliveryState.waiting if waits else DeliveryState.failed
            yield state

    def _waiting(self, email: str, attempts: Sequence[Any]) -> list[Waiting]:
        """What waits for a recipient, if that matters."""
        return [] if latest(attempts).state in SETTLED else self._queue(email)

    def _queue(self, email: str) -> list[Waiting]:
        """What waits for a recipient; the queues are searched at the first question."""
        if self._queued is None:
            self._queued = {}
            found = self._search.of_message(self.record.message_id, self.record.list_id)
            for entry in found:
                for known in entry.emails or ():
                    self._queued.setdefault(known.lower(), []).append(entry)
        return self._queued.get(email.lower(), [])


def _places(emails: Sequence[str]) -> dict[str, int]:
    return {email.lower(): index for index, email in enumerate(emails)}
