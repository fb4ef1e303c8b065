"""Tests of mmcore.mta.pacing."""

from __future__ import annotations

import heapq

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcore.mta.journal import Reply
from mmcore.mta.pacing import LONGEST_WAIT, Pacer, asks_for_less

OK = Reply(250, "2.0.0")
SLOW = Reply(451, "4.7.0", "Too many messages")


class TestReplies:
    @pytest.mark.parametrize(
        "reply",
        [
            Reply(421, "4.7.28", "Unusual rate of mail from your network"),
            Reply(450, "4.7.1", "You are sending too fast"),
            Reply(451, "4.3.2", "System not accepting network messages"),
            Reply(451, "4.4.5", "System congestion"),
            Reply(452, "4.7.28", "Unusual rate of mail"),
            Reply(450, "", "Message rate limit exceeded"),
            Reply(451, "", "Server busy"),
            Reply(451, "4.0.0", "Hourly quota reached: sending limit"),
            Reply(450, "", "Throttled"),
            Reply(454, "", "too many connections"),
        ],
    )
    def test_that_ask_for_less(self, reply: Reply) -> None:
        assert asks_for_less(reply)

    @pytest.mark.parametrize(
        "reply",
        [
            OK,
            Reply(250, "", "not too fast"),
            Reply(421),
            Reply(421, "4.7.0", "Try again later"),
            Reply(421, "4.3.2", "Too many connections"),
            Reply(444, "4.4.2", "connection lost: too many connections"),
            Reply(450, "4.2.0", "Mailbox busy, too many messages in it"),
            Reply(450, "", "Mailbox busy"),
            Reply(452, "4.2.2", "Mailbox full: too many messages"),
            Reply(450, "4.1.1", "rate unknown"),
            Reply(451, "4.3.0", "Try again later"),
            Reply(451, "4.7.1", "Greylisted, too many recipients are new"),
            Reply(450, "", "graylisting in action; slow down"),
            Reply(550, "5.7.1", "Too many messages"),
            Reply(554, "", "rate"),
        ],
    )
    def test_that_do_not(self, reply: Reply) -> None:
        assert not asks_for_less(reply)


class TestPacer:
    def test_lets_pass_whoever_never_complained(self) -> None:
        pacer = Pacer()
        for n in range(1000):
            pacer.heard("example.com", [OK, Reply(550), Reply(451, "4.3.0")][n % 3], float(n))
            assert pacer.reserve("example.com", float(n)) == 0.0
        assert len(pacer) == 0

    def test_one_destination_never_delays_another(self) -> None:
        pacer = Pacer()
        for n in range(100):
            pacer.heard("slow.example", SLOW, float(n))
            pacer.reserve("slow.example", float(n))
        assert pacer.reserve("slow.example", 100.0) > 0
        assert pacer.reserve("example.com", 100.0) == 0.0

    def test_a_vague_complaint_counts_when_there_are_several(self) -> None:
        """451 4.7.1 alone may be about one recipient, as greylisting is."""
        pacer, vague = Pacer(), Reply(451, "4.7.1", "Later, please")
        for moment in (0.0, 1.0, 100.0, 101.0):
            pacer.heard("d", vague, moment)
            assert pacer.reserve("d", moment) == 0.0
        pacer.heard("d", vague, 102.0)
        assert pacer.reserve("d", 102.0) > 0

    def test_a_flood_of_complaints_about_the_same_moment_counts_once(self) -> None:
        pacer = Pacer()
        for _ in range(50):
            pacer.heard("d", SLOW, 0.0)
        assert pacer.pace_of("d") == 1.0
        assert pacer.reserve("d", 1.0) == 0.0
        for n in range(50):
            pacer.heard("d", SLOW, 1.0 + n / 100)
        assert pacer.pace_of("d") == 0.5

    def test_whoever_waits_comes_back_in_order(self) -> None:
        pacer = Pacer()
        pacer.heard("d", SLOW, 0.0)
        waits = [pacer.reserve("d", 0.0) for _ in range(20)]
        assert waits == pytest.approx([n + 1 for n in range(20)])
        for wait in waits:
            assert pacer.reserve("d", wait) == 0.0

    def test_nobody_is_told_to_wait_for_long(self) -> None:
        pacer = Pacer()
        pacer.heard("d", SLOW, 0.0)
        assert max(pacer.reserve("d", 0.0) for _ in range(5000)) == LONGEST_WAIT

    def test_the_pace_has_a_floor(self) -> None:
        pacer, now = Pacer(), 0.0
        for _ in range(100):
            pacer.heard("d", SLOW, now)
            now += max(pacer.reserve("d", now), 1.0)
            while wait := pacer.reserve("d", now):
                now += wait
        assert pacer.pace_of("d") == pytest.approx(1 / 60)

    def test_a_destination_that_is_well_again_is_soon_forgotten(self) -> None:
        pacer, now = Pacer(), 0.0
        for _ in range(100):
            pacer.heard("d", SLOW, now)
            now += 61
            assert pacer.reserve("d", now) == 0.0
        began = now
        while pacer.pace_of("d") is not None:
            now += pacer.reserve("d", now) or 0.1
            pacer.heard("d", OK, now)
        assert now - began < 20 * 60

    def test_an_idle_destination_is_forgotten(self) -> None:
        pacer = Pacer()
        pacer.heard("d", SLOW, 0.0)
        assert pacer.reserve("d", 86_000.0) == 0.0
        assert len(pacer) == 1
        assert pacer.reserve("d", 86_000.0 + 86_401) == 0.0
        assert len(pacer) == 0

    def test_memory_is_limited_and_the_oldest_go(self) -> None:
        pacer = Pacer(most=10)
        for n in range(100):
            pacer.heard(f"d{n}", SLOW, 0.0)
            pacer.reserve("d0", 0.0)
        assert len(pacer) == 10
        assert [n for n in range(100) if pacer.pace_of(f"d{n}")] == [0, *range(91, 100)]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from("ab"),
                st.sampled_from([OK, SLOW, Reply(421), Reply(550), Reply(450, "4.2.1"), None]),
                st.floats(-1000, 2000),
            )
        )
    )
    def test_waits_are_never_negative_nor_long(
        self, steps: list[tuple[str, Reply | None, float]]
    ) -> None:
        pacer, now = Pacer(), 0.0
        for domain, reply, passed in steps:
            # Also for a clock that is set back.
            now += passed
            if reply is None:
                assert 0.0 <= pacer.reserve(domain, now) <= LONGEST_WAIT
            else:
                pacer.heard(domain, reply, now)
            pace = pacer.pace_of(domain)
            assert pace is None or 1 / 60 <= pace <= 64


class Allowance:
    """A server that takes so many messages a second."""

    def __init__(self, rate: float, most: float = 1.0) -> None:
        self.rate, self.most, self.left, self.at = rate, most, most, 0.0
        self.accepted = self.refused = 0

    def answer(self, now: float) -> Reply:
        self.left, self.at = min(self.most, self.left + (now - self.at) * self.rate), now
        if self.left < 1:
            self.refused += 1
            return SLOW
        self.left -= 1
        self.accepted += 1
        return OK


class TestLearning:
    @given(st.sampled_from([0.05, 0.3, 1.0, 4.0]), st.sampled_from([1.0, 30.0]))
    @settings(max_examples=8, deadline=None)
    def test_converges_to_the_pace_that_the_server_allows(self, rate: float, most: float) -> None:
        pacer, server, now = Pacer(), Allowance(rate, most), 0.0
        learned, end = 3600.0, 3 * 3600.0
        while now < end:
            if now >= learned and learned:
                server.accepted = server.refused = 0
                learned = 0.0
            wait = pacer.reserve("d", now)
            if not wait:
                pacer.heard("d", server.answer(now), now)
            now += wait or 0.001
        possible = rate * (end - 3600)
        assert 0.55 * possible <= server.accepted <= possible + most + 1
        # About one for each time that the pace went up to the limit.
        assert server.refused <= 40

    def test_waiting_recipients_all_get_their_turn_and_none_is_passed_over_for_long(self) -> None:
        pacer, server = Pacer(), Allowance(2.0)
        pacer.heard("d", SLOW, 0.0)
        # (when it asks, which one, how often it was sent away)
        asking = [(0.0, n, 0) for n in range(300)]
        order: list[int] = []
        most_asked = 0
        while asking:
            now, number, asked = heapq.heappop(asking)
            wait = pacer.reserve("d", now)
            if wait:
                heapq.heappush(asking, (now + wait, number, asked + 1))
                continue
            reply = server.answer(now)
            pacer.heard("d", reply, now)
            if reply is OK:
                order.append(number)
                most_asked = max(most_asked, asked)
            else:
                heapq.heappush(asking, (now + 1, number, 0))
        assert sorted(order) == list(range(300))
        assert most_asked <= 10
