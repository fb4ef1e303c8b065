"""«Did Anne get it?»: what is known now of messages and their recipients.

Delivery records say what became of each attempt; a message that is tried again has several.
They have no index by address, which would cost more than all else in them: whoever asks by
address searches them, the newest first, for a limited time, and goes on from there.  What waits
in a queue counts too, so that the answer is what is true now.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from mmcore.interfaces.delivery import DeliveryState, Fate
from mmcore.services.queued_mail import QueueSearch, Waiting

#: How long one question may take; half of it for the queues.
SECONDS = 1.0
#: Messages in one answer about an address.
MOST = 100

#: Who is in one of these has something in a queue, or is not tried any more.
OPEN = (DeliveryState.waiting, DeliveryState.deferred)
#: Who is in one of these is not tried again.
SETTLED = (DeliveryState.delivered, DeliveryState.failed)


@dataclass(frozen=True, slots=True)
class Status:
    """What is true now of a message and a recipient, and each attempt, the oldest first."""

    now: Fate
    attempts: tuple[Fate, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """An answer about an address, the newest message first.

    `complete` is false if there was no time for all queues.  If `after` is not '', the records
    were searched back to `searched_until` only: ask again with it.
    """

    entries: list[Status]
    complete: bool = True
    searched_until: datetime | None = None
    after: str = ""


def as_message_id(text: str) -> str:
    """A Message-ID as records have it, which people type without its angle brackets."""
    text = text.strip()
    return text if text.startswith("<") or not text else f"<{text}>"


def find_message(
    engine: Any,
    site: Any,
    message_id: str,
    email: str,
    list_id: str | None = None,
    seconds: float = SECONDS,
) -> Found:
    """What became of a message for an address, on each list (or one) that it was for.

    The state is unknown on a list where the message is known and the address no recipient.
    """
    search = QueueSearch(engine, site, time.monotonic() + seconds)
    waiting = search.of_message(message_id, list_id, email)
    entries = []
    chains = by_list(site.deliveries.of_message(message_id, list_id))
    for known in {*chains, *(entry.list_id for entry in waiting)}:
        attempts = _attempts(chains.get(known, ()), email)
        where = [entry for entry in waiting if entry.list_id == known]
        blank = Fate(message_id, known, email)
        entries.append(status(attempts, where, search.complete, blank))
    entries.sort(key=lambda entry: entry.now.list_id)
    return Found(entries, search.complete)


def find_address(
    engine: Any,
    site: Any,
    email: str,
    list_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    most: int = MOST,
    seconds: float = SECONDS,
) -> Found:
    """What became of the newest messages for an address; on a list, and in a time, or any.

    `after` is that of the answer before.  Raises ValueError if it is none.
    """
    deadline = time.monotonic() + seconds
    search = QueueSearch(engine, site, deadline - seconds / 2)
    waiting = search.of_address(email, list_id)
    entries = [] if after else _unrecorded(site, waiting, email, since, until)
    newest = site.deliveries.newest(list_id, since, until, after, recipients=True)
    for place, record in newest:
        looked_at = record.finished_at
        attempts = _newest_attempts(site, record, email)
        if attempts:
            message = (record.message_id, record.list_id)
            where = [entry for entry in waiting if (entry.message_id, entry.list_id) == message]
            entries.append(status(attempts, where, search.complete, attempts[-1]))
        if len(entries) >= most or time.monotonic() > deadline:
            return Found(entries, search.complete, looked_at, place)
    return Found(entries, search.complete)


def status(
    attempts: Sequence[Fate], waiting: Sequence[Waiting], complete: bool, blank: Fate
) -> Status:
    """What is true now, given all attempts and what waits for the recipient.

    Who has a message has it, whatever became of another copy.  Who was refused for now, and
    for whom nothing waits, is not tried any more.
    """
    numbered = tuple(replace(fate, attempt=place) for place, fate in enumerate(attempts, 1))
    now = latest(numbered) if numbered else blank
    if now.state in SETTLED:
        return Status(now, numbered)
    if waiting:
        first = min(waiting, key=_order)
        state = now.state if now.state is DeliveryState.in_doubt else DeliveryState.waiting
        now = replace(
            now,
            state=state,
            queue=first.queue,
            since=first.since,
            next_attempt=first.next_attempt,
        )
    elif now.state in OPEN:
        now = replace(now, state=DeliveryState.failed if complete else DeliveryState.waiting)
    return Status(now, numbered)


def _order(entry: Waiting) -> tuple[bool, datetime]:
    """What goes on first; last where somebody has to decide."""
    return entry.queue == "shunt", entry.next_attempt or datetime.min


def latest(attempts: Sequence[Fate]) -> Fate:
    """The attempt that counts: the one that delivered, if there is one, or the last."""
    delivered = [fate for fate in attempts if fate.state is DeliveryState.delivered]
    return (delivered or attempts)[-1]


def _attempts(records: Iterable[Any], email: str) -> list[Fate]:
    """What became of an address in each of these records that has it."""
    return [
        record.opened().fate(index)
        for record in records
        if (index := record.find(email)) is not None
    ]


def _newest_attempts(site: Any, record: Any, email: str) -> list[Fate]:
    """All attempts of a message for an address, if the record is the newest of them."""
    if record.find(email) is None:
        return []
    chain = site.deliveries.of_message(record.message_id, record.list_id)
    attempts = _attempts(chain, email)
    return attempts if attempts[-1].record == record.__name__ else []


def by_list(records: Iterable[Any]) -> dict[str, list[Any]]:
    """Records by the list-id of their list."""
    chains: dict[str, list[Any]] = {}
    for record in records:
        chains.setdefault(record.list_id, []).append(record)
    return chains


def _unrecorded(
    site: Any,
    waiting: Iterable[Waiting],
    email: str,
    since: datetime | None,
    until: datetime | None,
) -> list[Status]:
    """What waits for an address and was never tried for it, the newest first."""
    first: dict[tuple[str, str], list[Waiting]] = {}
    for entry in waiting:
        moment = entry.since or entry.next_attempt
        early = since is not None and moment is not None and moment < since
        if not early and not (until is not None and moment is not None and moment > until):
            first.setdefault((entry.message_id, entry.list_id), []).append(entry)
    found = []
    for (message_id, list_id), entries in first.items():
        records = site.deliveries.of_message(message_id, list_id)
        if not any(record.find(email) is not None for record in records):
            found.append(status((), entries, True, Fate(message_id, list_id, email)))
    found.sort(key=lambda entry: entry.now.since or datetime.min, reverse=True)
    return found
