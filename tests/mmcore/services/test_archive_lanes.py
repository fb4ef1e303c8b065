"""Lanes: who waits for an archiver, and when it is asked again."""

from __future__ import annotations

import pytest

from mmcore.services.archive_lanes import FIRST_PAUSE, LONGEST_PAUSE, Lane


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def lane(clock):
    return Lane(clock)


class TestLane:
    def test_a_new_one_is_free(self, lane):
        assert not lane.is_resting
        assert not lane.has_queue
        assert lane.next(5) == []
        assert len(lane) == 0

    def test_entries_have_their_turns_in_the_order_of_arrival(self, lane):
        for name in "cab":
            lane.add(name)
        assert lane.has_queue
        assert lane.next(2) == ["c", "a"]
        assert lane.next(2) == ["c", "a"]
        lane.drop({"c", "x"})
        assert lane.next(5) == ["a", "b"]
        assert len(lane) == 2

    def test_pauses_grow_up_to_a_limit(self, lane, clock):
        pauses = [lane.failed() for _ in range(12)]
        assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
        assert pauses[-1] == LONGEST_PAUSE
        lane.worked()
        assert lane.failed() == FIRST_PAUSE

    def test_nobody_has_a_turn_in_a_pause(self, lane, clock):
        lane.add("a")
        pause = lane.failed()
        assert lane.is_resting
        assert lane.has_queue
        assert lane.next(5) == []
        clock.now += pause
        assert not lane.is_resting
        assert lane.next(5) == ["a"]

    def test_a_success_ends_a_pause(self, lane):
        lane.failed()
        lane.worked()
        assert not lane.is_resting

    def test_what_failed_lets_the_others_go_first(self, lane, clock):
        lane.add("b")
        pause = lane.failed()
        lane.add("a", has_failed=True)
        lane.add("c")
        clock.now += pause
        assert lane.next(5) == ["b", "c", "a"]

    def test_what_failed_alone_is_not_stood_in_line_for(self, lane, clock):
        lane.failed()
        lane.failed()
        lane.add("a", has_failed=True)
        lane.worked()
        assert not lane.has_queue
        assert lane.next(5) == []

    def test_it_is_at_fault_if_others_succeeded_meanwhile(self, lane):
        for name in "ab":
            lane.failed()
            lane.add(name, has_failed=True)
        assert lane.is_at_fault("a") is False
        lane.worked()
        assert lane.is_at_fault("b") is True
        assert lane.is_at_fault("b") is False
        assert lane.is_at_fault("unknown") is False
