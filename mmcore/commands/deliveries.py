"""What became of mail, told in words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mmcore.interfaces.delivery import DeliveryState, Fate
from mmcore.services.deliveries import Found
from mmcore.services.delivery_history import MessageNow

_WORDS = {
    DeliveryState.waiting: "waiting",
    DeliveryState.delivered: "delivered",
    DeliveryState.deferred: "refused for now",
    DeliveryState.failed: "failed",
    DeliveryState.in_doubt: "in doubt",
    DeliveryState.unknown: "not known",
}
_INCOMPLETE = "There was no time to look into all queues: more may be waiting."


def status_lines(address: str, found: Found) -> Iterator[str]:
    """A line for the address, and one for each message."""
    delivered = sum(entry.now.state is DeliveryState.delivered for entry in found.entries)
    if not found.entries:
        yield f"{address}: nothing is known"
    else:
        total = len(found.entries)
        yield f"{address}: {delivered} of {total} message{'s'[: total != 1]} delivered"
    for entry in found.entries:
        yield f"  {_message(entry.now)}: {fate_words(entry.now)}"
    if found.searched_until is not None:
        until = moment(found.searched_until)
        yield f"Searched back to {until} only; go on with --after {found.after}."
    if not found.complete:
        yield _INCOMPLETE


def message_lines(now: MessageNow) -> Iterator[str]:
    """A line for the message on a list, and one for each who does not have it."""
    total, delivered = now.totals.total(), now.totals[DeliveryState.delivered]
    where = f" on {now.list_id}" if now.list_id else ""
    if now.undecided:
        queues = ", ".join(now.undecided)
        yield f"{now.message_id}{where}: on its way, in the queue {queues}"
    if total:
        yield f"{now.message_id}{where}: {delivered} of {total} delivered{_others(now)}"
    for name in now.records:
        yield f"  attempt out/{name}"
    for entry in now.undelivered:
        yield f"  {entry.now.email}: {fate_words(entry.now)}"
    if total - delivered > len(now.undelivered):
        yield f"  and {total - delivered - len(now.undelivered)} more"
    if not now.complete:
        yield _INCOMPLETE


def fate_words(fate: Fate) -> str:
    """What is true of a recipient, on one line."""
    told = [_WORDS[fate.state]]
    if fate.queue:
        told[0] += f" in {fate.queue}"
        if fate.since is not None:
            told[0] += f" since {moment(fate.since)}"
        if fate.next_attempt is not None:
            told.append(f"next attempt {moment(fate.next_attempt)}")
    reply = " ".join(filter(None, (str(fate.code or ""), fate.enhanced, fate.text)))
    if not fate.queue and fate.when is not None:
        told[0] += f" {moment(fate.when)}"
    if reply:
        told.append(f"last reply {reply}" if fate.queue else reply)
    if fate.record:
        which = f"transaction {fate.batch} of " if fate.batch else ""
        told.append(f"{which}out/{fate.record}")
    return ", ".join(told)


def moment(when: datetime) -> str:
    """A time, in UTC, to the second."""
    return when.isoformat(" ", "seconds")


def _message(fate: Fate) -> str:
    return f"{fate.message_id} ({fate.list_id})" if fate.list_id else fate.message_id


def _others(now: MessageNow) -> str:
    """The other states, with their numbers."""
    return "".join(
        f", {now.totals[state]} {_WORDS[state]}"
        for state in DeliveryState
        if state is not DeliveryState.delivered and now.totals[state]
    )
