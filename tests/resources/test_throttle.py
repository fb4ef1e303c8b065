"""Wrong logins cost time, and memory only so much."""

from __future__ import annotations

import pytest

from resources import throttle
from resources.throttle import Throttle, client_key


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def slow(clock):
    """Three failures are free, then 1, 2, 4 … up to 10 s; forgotten after 100 s."""
    return Throttle(3, 1, 10, 100, clock)


class TestThrottle:
    def test_a_few_failures_cost_nothing(self, slow):
        assert [slow.failed("a", guess) for guess in "xy"] == [0, 0]
        assert slow.wait("a", "z") == 0

    def test_the_delay_doubles_up_to_a_limit(self, slow, clock):
        slow.failed("a", "x")
        slow.failed("a", "y")
        delays = []
        for number in range(6):
            delays.append(slow.failed("a", number))
            assert slow.wait("a", "right") == delays[-1]
            clock.now += delays[-1]
            assert slow.wait("a", "right") == 0
        assert delays == [1, 2, 4, 8, 10, 10]

    def test_addresses_are_told_apart(self, slow):
        for guess in "wxyz":
            slow.failed("a", guess)
        assert slow.wait("a", "right")
        assert not slow.wait("b", "right")

    def test_the_same_again_is_no_new_try(self, slow):
        for _ in range(6):
            assert slow.wait("a", "old") == 0
            assert slow.failed("a", "old") == 0
        assert slow.wait("a", "right") == 0
        assert [slow.wait("a", "old") for _ in range(5)] == [1, 2, 4, 8, 10]
        assert slow.wait("a", "right") == 0

    def test_an_address_is_forgotten_after_a_while(self, slow, clock):
        for guess in "wxyz":
            slow.failed("a", guess)
        clock.now += 101
        assert slow.wait("a", "right") == 0
        assert slow.failed("a", "v") == 0

    def test_who_was_right_before_is_not_locked_out_by_others(self, slow):
        slow.succeeded("a", "right")
        for guess in "vwxyz":
            slow.failed("a", guess)
        assert slow.wait("a", "other") > 0
        assert slow.wait("a", "right") == 0
        for guess in "vwxyz":
            slow.failed("b", guess)
        assert slow.wait("b", "right") > 0

    def test_memory_is_bounded(self, slow, monkeypatch):
        monkeypatch.setattr(throttle, "ADDRESSES", 5)
        for number in range(50):
            for guess in range(40):
                slow.failed(f"10.0.0.{number}", guess)
        assert len(slow) == 5
        assert all(len(known.seen) <= throttle.REMEMBERED for known in slow._failures.values())

    def test_very_many_failures_overflow_nothing(self, clock):
        slow = Throttle(1, 1, 300, 1e9, clock)
        assert {slow.failed("a", number) for number in range(2000)} >= {1, 256, 300}


class TestClientKey:
    @pytest.mark.parametrize(
        ("address", "key"),
        [
            ("192.0.2.1", "192.0.2.1"),
            ("::ffff:192.0.2.1", "192.0.2.1"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("::1", "::/64"),
            ("no:address", "no:address"),
            ("-", "-"),
        ],
    )
    def test_one_client_has_one_key(self, address, key):
        assert client_key(address) == key
