"""Deliveries carried out by one transport in this thread, and what became of whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mmcore.config import Settings
from mmcore.mta.deliver import Delivery, Result, Transport
from mmcore.mta.journal import Journal, Reply
from mmcore.mta.outcomes import State
from mmcore.mta.scheduling import Scheduler


@dataclass
class Fate:
    """A result with its recipients by state: index and reply."""

    result: Result

    @property
    def delivered(self) -> dict[int, Reply]:
        return dict(self.result.outcomes.with_replies(State.DELIVERED))

    @property
    def temporary(self) -> dict[int, Reply]:
        return dict(self.result.outcomes.with_replies(State.TEMPORARY))

    @property
    def permanent(self) -> dict[int, Reply]:
        return dict(self.result.outcomes.with_replies(State.PERMANENT))

    @property
    def waiting(self) -> set[int]:
        return set(self.result.outcomes.indices(State.WAITING))

    @property
    def key(self) -> str:
        return self.result.key

    @property
    def in_doubt(self) -> tuple[int, ...]:
        return self.result.in_doubt

    @property
    def doubted(self) -> int:
        return self.result.doubted


def deliver(
    deliveries: Sequence[Delivery],
    transport: Transport,
    journal: Journal,
    settings: Settings,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Fate]:
    """The fates of those deliveries that are done, in the order in which they were given."""
    scheduler = Scheduler(journal, settings)
    for delivery in deliveries:
        scheduler.add(delivery)

    def until_stopped():
        for transaction in scheduler.transactions():
            yield transaction
            if should_stop():
                scheduler.stop()

    transport.run(until_stopped(), scheduler)
    results = {result.key: result for result in scheduler.finished_deliveries()}
    return [Fate(results[each.key]) for each in deliveries if each.key in results]
