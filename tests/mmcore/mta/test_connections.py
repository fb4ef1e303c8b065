"""How many connections are of use, and who leaves the work to others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

import pytest

from mmcore.mta.connections import Connections

T = TypeVar("T")


def elsewhere(action: Callable[[], T]) -> T:
    """What `action` returns in a thread of its own."""
    found: list[T] = []
    thread = threading.Thread(target=lambda: found.append(action()))
    thread.start()
    thread.join()
    return found[0]


@pytest.fixture
def connections() -> Connections:
    return Connections(4)


class TestNumber:
    def test_it_grows_with_the_time_that_replies_take(self, connections: Connections) -> None:
        assert not connections.adjust(0)
        for _ in range(1000):
            connections.took(0.008)
        assert connections.adjust(0)
        assert connections.wanted == 3
        assert not connections.adjust(0)

    def test_there_is_a_limit(self, connections: Connections) -> None:
        assert connections.adjust(99)
        assert connections.wanted == 4


class TestTurnedAway:
    def test_who_is_alone_leaves_the_work_to_nobody(self, connections: Connections) -> None:
        connections.answered()
        assert not connections.turned_away()
        assert connections.is_of_use(0)

    def test_who_is_turned_away_while_others_are_served_waits_for_a_while(
        self, connections: Connections, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere(connections.answered)
        assert connections.turned_away()
        assert connections.is_resting()
        assert not connections.is_of_use(0)
        # Whoever comes next takes his place.
        assert elsewhere(lambda: connections.is_of_use(1))
        assert not elsewhere(lambda: connections.is_of_use(2))
        moment = time.monotonic() + 6
        monkeypatch.setattr(time, "monotonic", lambda: moment)
        assert not connections.is_resting()
        assert connections.is_of_use(0)
        assert not connections.is_of_use(1)

    def test_when_nobody_was_served_for_some_time_nobody_is_waited_for(
        self, connections: Connections, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        elsewhere(connections.answered)
        moment = time.monotonic() + 11
        monkeypatch.setattr(time, "monotonic", lambda: moment)
        assert not connections.turned_away()
