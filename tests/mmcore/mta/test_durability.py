"""A thread brings the journal to the disk."""

from __future__ import annotations

import errno
import threading

import pytest

from mmcore.mta.durability import Durability
from tests.support.engine import until


class Disk:
    """A disk that is as slow as it is told to be."""

    def __init__(self) -> None:
        self.calls = 0
        self.go = threading.Semaphore(0)
        self.broken = False

    def sync(self) -> None:
        self.calls += 1
        assert self.go.acquire(timeout=10)
        if self.broken:
            raise OSError(errno.ENOSPC, "no space")


class TestDurability:
    def test_whoever_asks_does_not_wait(self) -> None:
        disk = Disk()
        durability = Durability(disk.sync)
        durability.ask(1)
        until(lambda: disk.calls == 1)
        durability.ask(1)
        disk.go.release(2)
        durability.close()
        assert disk.calls == 2

    def test_what_is_asked_for_meanwhile_is_done_in_one_go(self) -> None:
        disk = Disk()
        durability = Durability(disk.sync)
        durability.ask(100)
        until(lambda: disk.calls == 1)
        for _ in range(9):
            durability.ask(100)
        disk.go.release(2)
        durability.close()
        assert disk.calls == 2

    def test_unless_too_much_is_not_on_the_disk(self) -> None:
        disk = Disk()
        durability = Durability(disk.sync, most=250)
        asked: list[int] = []

        def ask() -> None:
            for number in range(3):
                durability.ask(100)
                asked.append(number)

        thread = threading.Thread(target=ask)
        thread.start()
        until(lambda: disk.calls == 1 and len(asked) == 2)
        thread.join(0.05)
        assert thread.is_alive()
        disk.go.release(2)
        thread.join(10)
        assert asked == [0, 1, 2]
        durability.close()
        # One or two, by how far the thread was when it was asked again.
        assert disk.calls <= 2

    def test_a_failure_comes_out_where_the_next_one_asks(self) -> None:
        disk = Disk()
        disk.broken = True
        durability = Durability(disk.sync)
        durability.ask(1)
        disk.go.release()

        def fails() -> bool:
            try:
                durability.ask(1)
            except OSError as error:
                return error.errno == errno.ENOSPC
            return False

        until(fails)
        with pytest.raises(OSError, match="space"):
            durability.ask(1)
        durability.close()

    def test_closing_one_that_was_never_asked(self) -> None:
        Durability(lambda: None).close()
