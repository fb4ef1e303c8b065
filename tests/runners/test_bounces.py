"""The bounces runner: reports become events, events are weighed, members are warned."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from mmcore.interfaces.bounce import BounceOutcome
from mmcore.interfaces.member import DeliveryStatus
from mmcore.services.lists import remove_list
from runners import bounces
from runners.bounces import REST_AFTER_TROUBLE, WARN_AFTER, WEIGH_EVERY, WEIGHED, BouncesRunner
from tests.support.failure_reports import failed, report

LIST_ID = "test.example.com"


@pytest.fixture
def put(enqueue):
    """Put a report into the queue."""

    def putting(*recipients: str, **fields: str) -> str:
        return enqueue("bounces", report(*(recipients or (failed(),)), **fields).as_string())

    return putting


@pytest.fixture
def events(session):
    """The events that there are by now."""

    def looking():
        session.abort()
        return session.begin().bounce_events

    return looking


@pytest.fixture
def weighed(monkeypatch):
    """What the runner has weighed, by a scale that only takes note."""
    calls: list[int] = []

    def weigh(engine, site, limit):
        calls.append(limit)
        events = site.bounce_events.unprocessed(limit)
        for event in events:
            site.bounce_events.done(event, "scored")
        return len(events)

    monkeypatch.setattr(bounces, "process_events", weigh)
    return calls


@pytest.fixture
def clock(monkeypatch):
    """Sets the seconds that have passed for the runner."""
    now = [1000.0]
    monkeypatch.setattr(bounces.time, "monotonic", lambda: now[0])

    def passing(seconds: float) -> None:
        now[0] += seconds

    return passing


@pytest.fixture
def add(session):
    """Add events, as the out runner does it."""

    def adding(count: int = 1) -> None:
        for number in range(count):
            session.site.bounce_events.add(LIST_ID, f"{number}@example.org", lane="out-0")
        session.commit()
        session.begin()

    return adding


class TestReports:
    def test_a_report_becomes_an_event(self, opened, put, session, now_in):
        put()
        assert opened(BouncesRunner).iterate()
        assert now_in("bounces") == []
        [event] = session.site.bounce_events.values()
        assert (event.list_id, event.email) == (LIST_ID, "aperson@example.com")
        assert event.source == "report"

    def test_of_a_list_that_is_gone_it_goes_to_shunt(self, opened, put, session, engine, now_in):
        put()
        remove_list(engine, session.site.lists.get(LIST_ID))
        session.commit()
        opened(BouncesRunner).iterate()
        [msgdata] = now_in("shunt")
        assert msgdata["whichq"] == "bounces"

    def test_two_instances_share_them(self, opened, put, session, now_in):
        for number in range(12):
            put(failed(f"{number}@example.com"))
        runners = opened(BouncesRunner, 0, 2), opened(BouncesRunner, 1, 2)
        for runner in runners:
            runner.iterate()
        assert now_in("bounces") == []
        assert len(session.site.bounce_events) == 12
        # They have lanes of their own.
        assert set(session.site.bounce_events._lanes) == {"bounces-0", "bounces-1"}


class TestWeighing:
    def test_what_comes_is_weighed_soon(self, opened, add, weighed, events):
        add(3)
        runner = opened(BouncesRunner)
        assert not runner.iterate()
        assert weighed == [WEIGHED]
        assert events().unprocessed(9) == []

    def test_many_are_weighed_in_several_transactions(self, opened, add, weighed):
        add(WEIGHED + 1)
        runner = opened(BouncesRunner)
        assert runner.iterate()
        assert not runner.iterate()
        assert len(weighed) == 2

    def test_not_at_every_step(self, opened, put, weighed, clock):
        runner = opened(BouncesRunner)
        put()
        assert runner.iterate()
        assert len(weighed) == 1
        put()
        assert runner.iterate()
        assert len(weighed) == 1
        clock(WEIGH_EVERY)
        assert not runner.iterate()
        assert len(weighed) == 2

    def test_one_instance_weighs_for_all(self, opened, add, weighed):
        add()
        opened(BouncesRunner, 1, 2).iterate()
        assert weighed == []

    def test_an_event_that_cannot_be_weighed_does_not_stop_the_others(
        self, opened, add, events, monkeypatch, clock
    ):
        add(5)

        def weigh(engine, site, limit):
            events = site.bounce_events.unprocessed(limit)
            for event in events:
                if event.email.startswith("2"):
                    raise KeyError("2")
                site.bounce_events.done(event, "scored")
            return len(events)

        monkeypatch.setattr(bounces, "process_events", weigh)
        runner = opened(BouncesRunner)
        runner.iterate()
        outcomes = [event.outcome for event in events().values()]
        assert outcomes == ["scored", "scored", BounceOutcome.error.value, "scored", "scored"]
        assert runner._weigh_at == 1000 + REST_AFTER_TROUBLE

    def test_the_real_scale(self, opened, put, events, settings, anne, session):
        settings.bounces.storm_window = timedelta(0)
        put()
        runner = opened(BouncesRunner)
        runner.iterate()
        [event] = events().values()
        assert event.processed
        assert event.outcome == BounceOutcome.scored.value
        assert session.site.lists.get(LIST_ID).members.get("aperson@example.com").bounce_score == 1


class TestWarning:
    @pytest.fixture
    def warned(self, monkeypatch):
        calls: list[str] = []
        monkeypatch.setattr(bounces, "due", lambda site: ["a", "b"])
        monkeypatch.setattr(
            bounces, "warn_or_remove", lambda engine, site, member_id: calls.append(member_id)
        )
        return calls

    def test_at_the_start_and_then_from_time_to_time(self, opened, warned, clock, settings):
        runner = opened(BouncesRunner)
        runner.iterate()
        assert warned == ["a", "b"]
        clock(settings.bounces.register_bounces_every.total_seconds() - 1)
        runner.iterate()
        assert len(warned) == 2
        clock(1)
        runner.iterate()
        assert len(warned) == 4

    def test_sooner_if_something_was_weighed(self, opened, warned, clock, add, weighed):
        runner = opened(BouncesRunner)
        runner.iterate()
        clock(WEIGH_EVERY)
        add()
        runner.iterate()
        assert len(warned) == 2
        clock(WARN_AFTER)
        runner.iterate()
        assert len(warned) == 4

    def test_one_who_cannot_be_warned_does_not_stop_the_others(self, opened, monkeypatch, warned):
        def warn(engine, site, member_id):
            if member_id == "a":
                raise LookupError(member_id)
            warned.append(member_id)

        monkeypatch.setattr(bounces, "warn_or_remove", warn)
        opened(BouncesRunner).iterate()
        assert warned == ["b"]

    def test_a_member_who_was_just_disabled_gets_a_warning(
        self, opened, session, mlist, anne, engine, now_in
    ):
        anne.preferences.delivery_status = DeliveryStatus.by_bounces
        session.commit()
        opened(BouncesRunner).iterate()
        [msgdata] = now_in("virgin")
        assert msgdata["recipients"] == ["aperson@example.com"]


class TestWaiting:
    @pytest.fixture
    def waited(self, monkeypatch):
        """How long the runner wanted to sleep."""
        waits: list[float] = []
        monkeypatch.setattr(
            bounces.QueueRunner, "wait", lambda self, seconds: waits.append(seconds)
        )
        return waits

    def test_an_idle_runner_sleeps(self, opened, waited, clock, weighed):
        runner = opened(BouncesRunner)
        assert not runner.iterate()
        runner.wait(120)
        assert waited == [120]

    def test_who_was_woken_too_early_looks_again_soon(self, opened, waited, clock, weighed):
        runner = opened(BouncesRunner)
        runner.iterate()
        runner.wait(120)
        clock(0.5)
        assert not runner.iterate()
        runner.wait(120)
        assert waited == [120, WEIGH_EVERY - 0.5]
        clock(WEIGH_EVERY)
        runner.iterate()
        runner.wait(120)
        assert waited[2] == 120

    def test_it_wakes_for_the_next_warning(self, opened, waited, clock, weighed, settings):
        settings.bounces.register_bounces_every = timedelta(seconds=50)
        runner = opened(BouncesRunner)
        runner.iterate()
        runner.wait(120)
        assert waited == [50]

    def test_it_never_looks_without_a_pause(self, opened, waited, clock, weighed, settings):
        settings.bounces.register_bounces_every = timedelta(0)
        runner = opened(BouncesRunner)
        runner.iterate()
        runner.wait(120)
        assert waited == [WEIGH_EVERY]

    def test_other_instances_only_wait_for_mail(self, opened, waited):
        runner = opened(BouncesRunner, 1, 2)
        runner.iterate()
        runner.wait(120)
        assert waited == [120]


class TestManyAtOnce:
    def test_reports_are_read_at_the_speed_at_which_they_come(
        self, opened, engine, session, mlist, events
    ):
        count = 400
        mailroom = engine.mailroom(session.site)
        for number in range(count):
            to = f"test-bounces+m{number}=example.org@example.com"
            msg = report(failed(f"m{number}@example.org"), to=to)
            mailroom.enqueue("bounces", msg, {"listid": LIST_ID})
        session.commit()
        runner = opened(BouncesRunner)
        started = time.process_time()
        while runner.iterate():
            pass
        assert time.process_time() - started < count / 100
        assert len(events()) == count
