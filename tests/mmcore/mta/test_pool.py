"""Connections in threads: how many, and what happens when one fails."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import pytest

from mmcore.config import Settings
from mmcore.mta.deliver import Delivery, Observer, Transaction
from mmcore.mta.journal import Journal, Reply
from mmcore.mta.outcomes import State
from mmcore.mta.pool import Pool
from mmcore.mta.scheduling import Scheduler
from tests.support.engine import until

OK = Reply(250, "2.0.0", "Ok")


class SlowTransport:
    """Carries out each transaction when it is told to."""

    def __init__(self, go: threading.Semaphore, begun: list[str]) -> None:
        self.go, self.begun, self.closed = go, begun, False

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        for transaction in transactions:
            observer.started(transaction, range(len(transaction.recipients)))
            self.begun.append(transaction.recipients[0])
            assert self.go.acquire(timeout=10)
            observer.finished(transaction, [OK] * len(transaction.recipients))

    def close(self) -> None:
        self.closed = True


class World:
    """A scheduler with a pool over transports that wait."""

    def __init__(self, settings: Settings) -> None:
        settings.mta.max_recipients = 1
        self.journal = Journal(settings.paths.ledger_dir / "out.0")
        self.scheduler = Scheduler(self.journal, settings)
        self.go, self.begun = threading.Semaphore(0), list[str]()
        self.made: list[SlowTransport] = []
        self.rung = threading.Event()
        self.pool = Pool(self.make, self.scheduler, 4, self.rung.set)

    def make(self) -> SlowTransport:
        self.made.append(SlowTransport(self.go, self.begun))
        return self.made[-1]

    def add(self, count: int, key: str = "entry") -> None:
        names = [f"m{number}@x.example" for number in range(count)]
        self.scheduler.add(Delivery(key, "s@example.com", names, b"", lane=key))

    def stop(self) -> None:
        self.scheduler.stop()
        for _ in range(50):
            self.go.release()
        self.pool.close()


@pytest.fixture
def world(settings: Settings) -> Iterator[World]:
    world = World(settings)
    yield world
    world.stop()
    world.journal.close()


class TestPool:
    def test_one_connection_does_the_work(self, world: World) -> None:
        world.add(3)
        world.pool.tend()
        for _ in range(3):
            world.go.release()
        (result,) = until(world.scheduler.finished_deliveries)
        assert result.outcomes.count(State.DELIVERED) == 3
        assert len(world.made) == 1

    def test_another_helps_while_one_is_stalled(self, world: World) -> None:
        world.add(1, "stalled")
        world.pool.tend()
        until(lambda: world.begun)
        world.add(1, "other")

        def helped() -> bool:
            world.scheduler.review()
            world.pool.tend()
            return len(world.begun) == 2

        until(helped)
        assert len(world.made) == 2

    def test_what_is_under_way_is_finished_at_the_end(self, world: World) -> None:
        world.add(5)
        world.pool.tend()
        until(lambda: world.begun)
        world.stop()
        marks = world.journal.load()["entry"]
        assert marks.in_doubt == set()
        assert 1 <= len(marks.done) < 5
        assert all(transport.closed for transport in world.made)

    def test_what_ends_a_thread_ends_all(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(world.journal, "started", fail)
        world.add(2)
        world.pool.tend()
        assert world.rung.wait(10)
        assert world.scheduler.stopping
        with pytest.raises(OSError, match="disk full"):
            world.pool.tend()
