"""All recipients of a delivery record, or of a message, with what is true of each now.

Other attempts of the same message have some of the recipients again, as a rule few, and some
may wait in a queue for the next one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from mmcore.interfaces.delivery import DeliveryState, Fate
from mmcore.services.deliveries import OPEN, SECONDS, SETTLED, Status, by_list, latest, status
from mmcore.services.queued_mail import QueueSearch, Waiting


class MessageQueue:
    """Where a message of a list waits; searched for at the first question."""

    def __init__(
        self,
        search: QueueSearch,
        message_id: str,
        list_id: str,
        found: Iterable[Waiting] | None = None,
    ) -> None:
        self._search = search
        self._message = (message_id, list_id)
        self._entries = found
        self._by_email: dict[str, list[Waiting]] | None = None

    @property
    def complete(self) -> bool:
        """Whether there was time for all queues, as far as they were needed up to now."""
        return self._search.complete

    def of(self, email: str) -> list[Waiting]:
        """What waits for a recipient."""
        return self.by_email().get(email.lower(), [])

    def by_email(self) -> dict[str, list[Waiting]]:
        """What waits, by recipients as far as they are known, in lower case."""
        if self._by_email is None:
            if self._entries is None:
                self._entries = self._search.of_message(*self._message)
            self._by_email = {}
            for entry in self._entries:
                for known in entry.emails or ():
                    self._by_email.setdefault(known.lower(), []).append(entry)
        return self._by_email


class History:
    """A record among the others of its message and list; looked at for one question."""

    def __init__(
        self,
        engine: Any,
        site: Any,
        record: Any,
        seconds: float = SECONDS,
        queue: MessageQueue | None = None,
    ) -> None:
        self.record = record
        #: All attempts, the oldest first.
        self.records = site.deliveries.of_message(record.message_id, record.list_id)
        if queue is None:
            search = QueueSearch(engine, site, time.monotonic() + seconds)
            queue = MessageQueue(search, record.message_id, record.list_id)
        self._queue = queue
        self._opened = [known.opened() for known in self.records]
        self._own = [known.__name__ for known in self.records].index(record.__name__)
        # Where the others have each recipient.
        self._others = [
            {} if place == self._own else _places(opened.emails())
            for place, opened in enumerate(self._opened)
        ]

    @property
    def complete(self) -> bool:
        """Whether there was time for all queues, as far as they were needed up to now."""
        return self._queue.complete

    def totals(self) -> dict[DeliveryState, int]:
        """How many recipients are in each state now."""
        return dict(Counter(state for _, state in self.states()))

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
        return [index for index, found in self.states() if found is state]

    def status(self, index: int) -> Status:
        """What is true of a recipient."""
        email = self._opened[self._own].emails()[index]
        attempts = [opened.fate(place) for opened, place in self._attempts(index, email)]
        waiting = [] if latest(attempts).state in SETTLED else self._queue.of(email)
        return status(attempts, waiting, self.complete, attempts[-1])

    def states(self, first: bool = False) -> Iterator[tuple[int, DeliveryState]]:
        """(index, state now) of each recipient, or of those that no earlier attempt had."""
        own = self._opened[self._own]
        if len(self._opened) == 1 and not any(state in OPEN for state in own.totals()):
            yield from ((index, own.state(index)) for index in range(len(own)))
            return
        for index, email in enumerate(own.emails()):
            attempts = list(self._attempts(index, email))
            if first and attempts[0][0] is not own:
                continue
            states = [opened.state(place) for opened, place in attempts]
            state = DeliveryState.delivered if DeliveryState.delivered in states else states[-1]
            if state in OPEN:
                waits = self._queue.of(email) or not self.complete
                state = DeliveryState.waiting if waits else DeliveryState.failed
            yield index, state

    def _attempts(self, index: int, email: str) -> Iterator[tuple[Any, int]]:
        """(record, index in it) of each attempt for a recipient."""
        for number, opened in enumerate(self._opened):
            place = index if number == self._own else self._others[number].get(email.lower())
            if place is not None:
                yield opened, place


@dataclass
class MessageNow:
    """A message on a list, for all recipients together.

    `undelivered` has some of those who do not have it, and `undecided` the queues in which it
    waits while it is not known for whom.
    """

    message_id: str
    list_id: str
    records: list[str]
    complete: bool = True
    totals: Counter[DeliveryState] = field(default_factory=Counter)
    undelivered: list[Status] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)

    @property
    def is_delivered(self) -> bool:
        """Whether everybody has it."""
        return not self.undecided and set(self.totals) == {DeliveryState.delivered}


def find_everybody(
    engine: Any,
    site: Any,
    message_id: str,
    list_id: str | None = None,
    most: int = 100,
    seconds: float = SECONDS,
) -> list[MessageNow]:
    """What became of a message, on each list (or one) that it was for.

    At most so many of those who do not have it are told one by one.
    """
    search = QueueSearch(engine, site, time.monotonic() + seconds)
    chains = by_list(site.deliveries.of_message(message_id, list_id))
    waiting: dict[str, list[Waiting]] = {}
    for entry in search.of_message(message_id, list_id):
        waiting.setdefault(entry.list_id, []).append(entry)
    found = []
    for known in sorted({*chains, *waiting}):
        entries, records = waiting.get(known, []), chains.get(known, [])
        now = MessageNow(message_id, known, [record.__name__ for record in records])
        queue = MessageQueue(search, message_id, known, entries)
        tried = [History(engine, site, record, queue=queue) for record in records]
        for history in tried:
            _count(now, history, most)
        _count_untried(now, queue, tried, most)
        now.undecided = sorted({entry.queue for entry in entries if entry.emails is None})
        now.complete = search.complete
        found.append(now)
    return found


def _count(now: MessageNow, history: History, most: int) -> None:
    """Count the recipients that this attempt was the first to have."""
    for index, state in history.states(first=True):
        now.totals[state] += 1
        if state is not DeliveryState.delivered and len(now.undelivered) < most:
            now.undelivered.append(history.status(index))


def _count_untried(
    now: MessageNow, queue: MessageQueue, tried: Sequence[History], most: int
) -> None:
    """Count those for whom it waits who had no attempt yet."""
    for email, entries in queue.by_email().items():
        if any(history.record.find(email) is not None for history in tried):
            continue
        now.totals[DeliveryState.waiting] += 1
        if len(now.undelivered) < most:
            blank = Fate(now.message_id, now.list_id, email)
            now.undelivered.append(status((), entries, True, blank))


def _places(emails: Sequence[str]) -> dict[str, int]:
    return {email.lower(): index for index, email in enumerate(emails)}
