"""Bounce events are written down with what is known of them, and are found again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mmcore.interfaces.bounce import BounceCause, BounceContext
from resources.addresses.model import now
from resources.bounces import model

GONE, FULL = BounceCause.mailbox_gone, BounceCause.mailbox_full


@pytest.fixture
def clock(monkeypatch):
    """Sets the time at which events are added."""
    moment = [datetime(2026, 3, 1, 12, 0)]
    monkeypatch.setattr(model, "now", lambda: moment[0])

    def setting(hours: float) -> datetime:
        moment[0] = datetime(2026, 3, 1, 12, 0) + timedelta(hours=hours)
        return moment[0]

    return setting


@pytest.fixture
def events(site):
    return site.bounce_events


@pytest.fixture
def add(events):
    """Add an event, of ant and anne unless told otherwise."""

    def adding(list_id="ant.example.com", email="anne@example.org", **known):
        return events.add(list_id, email, **known)

    return adding


class TestBounceEvent:
    def test_it_says_who_failed_where_and_why(self, add):
        event = add(
            email="Anne@Example.ORG", context=BounceContext.probe, cause=GONE, code=550,
            enhanced="5.1.1", text="gone", message_id="<x>", source="report", content="s:a:0:1",
        )  # fmt: skip
        assert (event.list_id, event.email) == ("ant.example.com", "anne@example.org")
        assert (event.context, event.cause) == (BounceContext.probe, GONE)
        assert (event.code, event.enhanced, event.text) == (550, "5.1.1", "gone")
        assert (event.message_id, event.source, event.content) == ("<x>", "report", "s:a:0:1")
        assert (event.processed, event.outcome) == (False, "")
        assert abs(event.timestamp - now()) < timedelta(minutes=1)

    def test_what_is_not_known_is_not_stored(self, add):
        assert set(add(code=0, text="").__dict__) == {
            "list_id", "email", "timestamp", "__name__", "__parent__",
        }  # fmt: skip

    def test_a_field_that_no_event_has_is_a_mistake(self, add):
        with pytest.raises(AttributeError):
            add(txt="gone")


class TestBounceEvents:
    def test_events_stay_in_the_order_in_which_they_came(self, add, events, clock):
        first = add(lane="out-0")
        clock(1)
        second, third = add(lane="bounces-0"), add(lane="bounces-0")
        clock(2)
        fourth = add(lane="out-0")
        assert events.values() == [first, second, third, fourth]
        assert events.find(1, 2) == [second, third]
        assert events.get(third.__name__) is third
        assert events.get("nope") is None
        assert len(events) == 4

    def test_one_that_came_after_the_clock_was_set_back_is_the_newest(self, add, events, clock):
        first = add()
        clock(-5)
        second = add()
        assert events.values() == [first, second]

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({}, "0123"),
            ({"list_id": "ant.example.com"}, "023"),
            ({"list_id": "nope.example.com"}, ""),
            ({"email": "ANNE@example.org"}, "013"),
            ({"list_id": "ant.example.com", "email": "anne@example.org"}, "03"),
            ({"list_id": "ant.example.com", "email": "ann@example.org"}, ""),
            ({"cause": FULL}, "13"),
            ({"list_id": "ant.example.com", "cause": FULL}, "3"),
            ({"processed": True}, "02"),
            ({"processed": False, "cause": FULL}, "13"),
            ({"since": datetime(2026, 3, 1, 14, 0)}, "23"),
            ({"since": datetime(2026, 3, 1, 13, 0), "email": "anne@example.org"}, "13"),
            ({"since": datetime(2026, 3, 1, 13, 30), "list_id": "bee.example.com"}, ""),
            ({"since": datetime(1800, 1, 1)}, "0123"),
        ],
    )
    def test_they_are_found_by_what_they_say(self, add, events, clock, wanted, found):
        all_of_them = [add(cause=GONE, lane="a")]
        clock(1)
        all_of_them.append(add("bee.example.com", cause=FULL, lane="b"))
        clock(2)
        all_of_them.append(add(email="bart@example.org", cause=GONE, lane="a"))
        clock(3)
        all_of_them.append(add(cause=FULL, lane="b"))
        events.done(all_of_them[0], "scored")
        events.done(all_of_them[2], "scored")
        assert events.find(**wanted) == [all_of_them[int(number)] for number in found]
        assert events.count(**wanted) == len(found)

    def test_failures_at_a_provider_are_found_by_time(self, add, events, clock):
        add(email="old@example.org")
        since = clock(1)
        event, other = add(cause=FULL, lane="a"), add(email="x@sub.example.org")
        clock(2)
        newest = add(email="bart@EXAMPLE.org", lane="b")
        assert list(events.recent("example.org", since)) == [event, newest]
        assert list(events.recent("sub.example.org", since)) == [other]
        assert list(events.recent_addresses("example.org", since)) == [
            ("anne@example.org", FULL), ("bart@example.org", BounceCause.unknown),
        ]  # fmt: skip


class TestWeighing:
    def test_the_oldest_comes_first(self, add, events, clock):
        first = add(lane="a")
        clock(1)
        second = add(lane="b")
        clock(2)
        third = add(lane="a")
        assert events.unprocessed(10) == [first, second, third]
        assert events.unprocessed(2) == [first, second]
        events.done(first, "scored")
        assert (first.processed, first.outcome) == (True, "scored")
        assert events.unprocessed(2) == [second, third]

    def test_one_that_is_left_out_is_not_forgotten(self, add, events):
        many = [add() for _ in range(5)]
        for event in many[1:4]:
            events.done(event, "scored")
        assert events.unprocessed(2) == [many[0], many[4]]
        events.done(many[0], "scored")
        assert events._lanes[""].mark.key == many[3].__name__
        assert events.unprocessed(2) == [many[4]]

    def test_adding_and_weighing_in_one_lane_do_not_meet(self, database, session, add, events):
        olds = [add(lane="out-0") for _ in range(200)]
        names = [event.__name__ for event in olds]
        session.commit()
        other = database.session()
        for number in range(500):
            their = other.site if number else other.begin()
            their.bounce_events.add("ant.example.com", f"{number}@example.org", lane="out-0")
        session.begin()
        for name in names:
            events.done(events.get(name), "scored")
        session.commit()
        other.commit()
        session.begin()
        assert len(events.unprocessed(1000)) == 500
        other.close()

    def test_processes_that_add_at_once_do_not_meet(self, database, session, add):
        add(lane="out-0")
        add(lane="bounces-0")
        session.commit()
        other = database.session()
        theirs = other.begin().bounce_events
        session.begin()
        for number in range(500):
            theirs.add("ant.example.com", f"{number}@example.org", lane="bounces-0")
            add(email=f"{number}@example.org", lane="out-0")
        other.commit()
        session.commit()
        other.close()
        assert len(session.begin().bounce_events) == 1002


class TestForgetting:
    def test_what_was_weighed_goes_when_it_is_old(self, add, events, clock):
        old = [add(lane="a", content="s:a:0:1"), add(lane="b"), add(lane="b")]
        waits = add(lane="b")
        clock(48)
        young = add(lane="a", content="s:a:1:1")
        for event in (*old, young):
            events.done(event, "scored")
        assert events.evict(timedelta(hours=47), limit=2) == 2
        assert events.evict(timedelta(hours=47), limit=2) == 1
        assert events.evict(timedelta(hours=47), limit=2) == 0
        assert events.values() == [waits, young]
        assert list(events.references()) == ["s:a:1:1"]

    def test_one_can_be_removed_by_hand(self, add, events):
        first, second = add(), add()
        events.remove(first)
        assert events.values() == events.unprocessed(5) == [second]
        assert events.count(list_id="ant.example.com") == 1
        events.remove(second)
        assert len(events) == events.count(list_id="ant.example.com") == 0
