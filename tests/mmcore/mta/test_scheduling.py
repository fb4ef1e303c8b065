"""Whose turn it is, and what is learnt from replies."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest

from mmcore.config import Settings
from mmcore.mta.deliver import NO_REPLY, Delivery, Transaction
from mmcore.mta.journal import Journal, Reply
from mmcore.mta.outcomes import State
from mmcore.mta.scheduling import Scheduler

OK = Reply(250, "2.0.0", "Ok")
TOO_MANY = Reply(421, "4.7.28", "Too many messages from your network, try again later")


@pytest.fixture
def journal(settings: Settings) -> Iterator[Journal]:
    journal = Journal(settings.paths.ledger_dir / "out.0")
    yield journal
    journal.close()


@pytest.fixture
def scheduler(settings: Settings, journal: Journal) -> Scheduler:
    settings.mta.max_recipients = 2
    return Scheduler(journal, settings)


def delivery(name: str, count: int, lane: str = "", domain: str = "x.example") -> Delivery:
    recipients = [f"{name}{number:03d}@{domain}" for number in range(count)]
    return Delivery(name, "s@example.com", recipients, b"Subject: x\r\n\r\n", lane=lane)


def carry_out(scheduler: Scheduler, transaction: Transaction, *replies: Reply) -> None:
    answers = list(replies) * (len(transaction.recipients) if len(replies) == 1 else 1)
    scheduler.started(transaction, range(len(transaction.recipients)))
    scheduler.finished(transaction, answers)


class Personal:
    """Copies that say whose they are."""

    def __init__(self, broken: int | None = None) -> None:
        self.broken = broken

    def copy(self, index: int) -> tuple[str, bytes]:
        if index == self.broken:
            raise RuntimeError("strange")
        return f"s+{index}@example.com", f"Subject: for {index}\r\n\r\n".encode()


class TestTurns:
    def test_lanes_take_turns(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("large", 8, "large"))
        scheduler.add(delivery("small", 3, "small"))
        source = scheduler.transactions()
        firsts = [next(source).recipients[0][:5] for _ in range(5)]
        assert firsts == ["large", "small", "large", "small", "large"]

    def test_what_comes_later_need_not_wait_for_the_end(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("large", 1000, "large"))
        source = scheduler.transactions()
        for _ in range(3):
            next(source)
        scheduler.add(delivery("small", 1, "small"))
        assert "small000@x.example" in {next(source).recipients[0] for _ in range(2)}

    def test_a_lane_goes_in_order(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("a", 3, "lane"))
        scheduler.add(delivery("b", 1, "lane"))
        found = [name[0] for each in scheduler.transactions() for name in each.recipients]
        assert found == ["a", "a", "a", "b"]

    def test_a_delivery_is_done_when_its_last_reply_has_come(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("a", 3))
        first, second = scheduler.transactions()
        carry_out(scheduler, second, OK)
        assert scheduler.finished_deliveries() == []
        carry_out(scheduler, first, OK)
        (result,) = scheduler.finished_deliveries()
        assert result.outcomes.count(State.DELIVERED) == 3
        assert list(result.outcomes.batches) == [1, 1, 2]
        assert abs(result.outcomes.times[0] - time.time()) < 5
        assert scheduler.finished_deliveries() == []

    def test_nobody_to_deliver_to_is_done_at_once(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("a", 0))
        assert [result.key for result in scheduler.finished_deliveries()] == ["a"]

    def test_who_waits_is_told(self, settings: Settings, journal: Journal) -> None:
        rung: list[bool] = []
        scheduler = Scheduler(journal, settings, lambda: rung.append(True))
        scheduler.add(delivery("a", 1))
        (transaction,) = scheduler.transactions()
        assert not rung
        carry_out(scheduler, transaction, OK)
        assert rung

    def test_after_stop_nothing_is_begun(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("a", 9))
        source = scheduler.transactions()
        next(source)
        scheduler.stop()
        assert list(source) == []
        assert not scheduler.has_work(0)


class TestParts:
    def test_a_transaction_may_be_carried_out_in_parts(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("a", 2))
        (whole,) = scheduler.transactions()
        refused = Reply(550, "5.1.1", "Nobody")
        carry_out(scheduler, whole.part([1]), refused)
        carry_out(scheduler, whole.part([0]), OK)
        (result,) = scheduler.finished_deliveries()
        assert bytes(result.outcomes.states) == bytes([State.DELIVERED, State.PERMANENT])
        assert len(set(result.outcomes.batches)) == 2

    def test_parts_have_marks_of_their_own(self, scheduler: Scheduler, journal: Journal) -> None:
        scheduler.add(delivery("a", 2))
        (whole,) = scheduler.transactions()
        carry_out(scheduler, whole.part([1]), OK)
        scheduler.started(whole.part([0]), [0])
        marks = journal.load()["a"]
        assert (marks.done, marks.in_doubt) == ({1: OK}, {0})

    def test_nobody_waits_for_a_reply_to_what_was_divided(
        self, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scheduler.add(delivery("a", 2))
        (whole,) = scheduler.transactions()
        # The connection was lost in the middle, and over the next one less is taken at a time.
        scheduler.started(whole, [0, 1])
        for position in (0, 1):
            carry_out(scheduler, whole.part([position]), OK)
        moment = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: moment + 1)
        scheduler.review()
        assert scheduler.connections == 1


class TestTurnedAway:
    def test_others_do_what_one_connection_could_not_be_used_for(
        self, scheduler: Scheduler, journal: Journal
    ) -> None:
        scheduler.add(delivery("a", 6))
        source = scheduler.transactions()
        here = next(source)

        def work() -> None:
            for transaction in scheduler.transactions():
                carry_out(scheduler, transaction, OK)

        with ThreadPoolExecutor(1) as other:
            other.submit(lambda: carry_out(scheduler, next(scheduler.transactions()), OK)).result()
            scheduler.finished(here, [Reply(NO_REPLY, "4.4.2", "Too many connections")] * 2)
            assert list(source) == []
            assert scheduler.finished_deliveries() == []
            other.submit(work).result()
        (result,) = scheduler.finished_deliveries()
        assert result.outcomes.count(State.DELIVERED) == 6
        assert journal.load()["a"].in_doubt == set()

    def test_what_nobody_has_a_connection_for_is_tried_later(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("a", 6))
        for transaction in scheduler.transactions():
            scheduler.finished(transaction, [Reply(NO_REPLY)] * 2)
        (result,) = scheduler.finished_deliveries()
        assert result.outcomes.count(State.TEMPORARY) == 6

    def test_it_is_not_given_back_for_ever(
        self, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("mmcore.mta.connections._REST", 0.0)
        scheduler.add(delivery("a", 4))
        with ThreadPoolExecutor(1) as other:
            other.submit(lambda: carry_out(scheduler, next(scheduler.transactions()), OK)).result()
        transactions = list(islice(scheduler.transactions(), 1))
        tries = 0
        while transactions:
            tries += 1
            scheduler.finished(transactions[0], [Reply(NO_REPLY)] * 2)
            transactions = list(islice(scheduler.transactions(), 1))
        assert tries == 4
        (result,) = scheduler.finished_deliveries()
        assert result.outcomes.count(State.TEMPORARY) == 2


class TestCopies:
    def test_each_recipient_has_a_transaction(self, scheduler: Scheduler) -> None:
        each = delivery("a", 3)
        each.copies = Personal()
        scheduler.add(each)
        found = [(t.sender, t.recipients, t.content) for t in scheduler.transactions()]
        assert found[1] == ("s+1@example.com", ["a001@x.example"], b"Subject: for 1\r\n\r\n")
        assert len(found) == 3

    def test_a_copy_that_cannot_be_made_stops_its_delivery_only(
        self, scheduler: Scheduler
    ) -> None:
        each = delivery("a", 5)
        each.copies = Personal(broken=2)
        scheduler.add(each)
        scheduler.add(delivery("b", 1))
        transactions = list(scheduler.transactions())
        for transaction in transactions:
            carry_out(scheduler, transaction, OK)
        a, b = sorted(scheduler.finished_deliveries(), key=lambda result: result.key)
        assert isinstance(a.failure, RuntimeError)
        assert a.outcomes.count(State.DELIVERED) == 2
        assert a.outcomes.count(State.WAITING) == 3
        assert b.failure is None


class TestDevelopment:
    def test_everything_goes_to_one_address(self, settings: Settings, journal: Journal) -> None:
        settings.devmode.enabled, settings.devmode.recipient = True, "me@example.com"
        scheduler = Scheduler(journal, settings)
        scheduler.add(delivery("a", 3))
        (transaction,) = scheduler.transactions()
        assert transaction.recipients == ["me@example.com"] * 3


class TestConnections:
    def slow(self, scheduler: Scheduler, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
        moment = time.monotonic()
        for transaction in scheduler.transactions():
            monkeypatch.setattr(time, "monotonic", lambda: moment)
            scheduler.started(transaction, range(len(transaction.recipients)))
            monkeypatch.setattr(time, "monotonic", lambda: moment + seconds)
            scheduler.finished(transaction, [OK] * len(transaction.recipients))

    def test_one_is_enough_for_a_server_that_answers_at_once(
        self, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scheduler.add(delivery("a", 60))
        self.slow(scheduler, 0.0005, monkeypatch)
        assert scheduler.connections == 1

    def test_a_slow_one_gets_as_many_as_are_allowed(
        self, scheduler: Scheduler, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scheduler.add(delivery("a", 60))
        self.slow(scheduler, 0.05, monkeypatch)
        assert scheduler.connections == settings.mta.max_delivery_threads == 4

    def test_a_reply_that_does_not_come_is_worth_another(
        self, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        scheduler.add(delivery("a", 4))
        first = next(scheduler.transactions())
        scheduler.started(first, [0, 1])
        scheduler.review()
        assert scheduler.connections == 1
        moment = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: moment + 1)
        scheduler.review()
        assert scheduler.connections == 2


class TestPace:
    def test_a_destination_that_asks_for_patience_gets_it_and_others_do_not_wait(
        self, scheduler: Scheduler
    ) -> None:
        scheduler.add(delivery("a", 40, "a", "busy.example"))
        source = scheduler.transactions()
        carry_out(scheduler, next(source), TOO_MANY)
        scheduler.add(delivery("b", 2, "b", "idle.example"))
        for transaction in source:
            carry_out(scheduler, transaction, OK)
        b, a = sorted(scheduler.finished_deliveries(), key=lambda result: result.key, reverse=True)
        assert b.outcomes.count(State.DELIVERED) == 2
        assert b.postponed == []
        assert a.postponed
        assert all(until > time.time() for _, until in a.postponed)
        states = a.outcomes.count(State.DELIVERED) + a.outcomes.count(State.TEMPORARY)
        assert states + len(a.postponed) == 40

    def test_those_are_tried_nevertheless_whose_time_is_up(self, scheduler: Scheduler) -> None:
        scheduler.add(delivery("a", 2, "a", "busy.example"))
        late = delivery("b", 10, "b", "busy.example")
        late.patient = False
        scheduler.add(late)
        for transaction in scheduler.transactions():
            carry_out(scheduler, transaction, TOO_MANY)
        _, b = sorted(scheduler.finished_deliveries(), key=lambda result: result.key)
        assert (b.postponed, b.outcomes.count(State.TEMPORARY)) == ([], 10)
