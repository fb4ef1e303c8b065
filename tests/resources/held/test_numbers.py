"""Numbers of requests: ascending, without gaps where one process holds, never twice."""

from __future__ import annotations

import pytest
from transaction.interfaces import TransientError

from resources.held.numbers import BEHIND, BLOCK, Numbers


class TestNumbers:
    def test_one_lane_has_no_gaps(self):
        numbers = Numbers()
        assert [numbers.take("in-0") for _ in range(25)] == list(range(1, 26))

    def test_lanes_never_have_the_same_number(self):
        numbers = Numbers()
        taken = [numbers.take(lane) for lane in "abcab" * 20]
        assert len(set(taken)) == 100
        assert max(taken) < 100 + 3 * BLOCK

    def test_a_lane_that_fell_behind_gives_its_rest_up(self):
        numbers = Numbers()
        assert numbers.take("a") == 1
        latest = [numbers.take("b") for _ in range(BEHIND + 1)][-1]
        assert numbers.take("a") > latest

    def test_they_go_on_where_an_older_release_was(self):
        assert Numbers(17).take("") == 17

    def test_it_is_known_which_were_given(self):
        numbers = Numbers()
        taken = {numbers.take(lane) for lane in "aab"}
        assert {number for number in range(-1, 40) if numbers.given(number)} == taken


@pytest.fixture
def two(database):
    """Two sessions over one database."""
    sessions = database.session(), database.session()
    for session in sessions:
        session.begin()
    yield sessions
    for session in sessions:
        session.close()


def take(session, lane):
    return session.site.held._numbers.take(lane)


class TestTwoProcesses:
    def test_they_do_not_conflict_once_each_has_its_lane(self, two):
        one, other = two
        for session, lane in ((one, "a"), (other, "b")):
            session.abort()
            session.begin()
            take(session, lane)
            session.commit()
        taken = []
        for _ in range(BLOCK - 1):
            one.begin()
            other.begin()
            taken += [take(one, "a"), take(other, "b")]
            one.commit()
            other.commit()
        assert sorted(taken) == [*range(2, BLOCK + 1), *range(BLOCK + 2, 2 * BLOCK + 1)]

    @pytest.mark.parametrize("lanes", ["aa", "ab"])
    def test_a_new_block_is_given_to_one_of_them(self, two, lanes):
        one, other = two
        assert take(one, lanes[0]) == take(other, lanes[1]) == 1
        one.commit()
        with pytest.raises(TransientError):
            other.commit()
        other.abort()
        other.begin()
        assert take(other, lanes[1]) > 1

    def test_what_was_not_committed_is_given_again(self, two):
        one, other = two
        assert take(one, "a") == 1
        one.abort()
        assert take(other, "a") == 1
