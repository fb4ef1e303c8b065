"""Step 3, on what older releases have written."""

from __future__ import annotations

from datetime import datetime, timedelta

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree, OOTreeSet

from mmcore.interfaces.bounce import BounceCause, BounceContext
from mmcore.interfaces.delivery import DeliveryState
from resources.bounces.model import BounceEvent
from resources.check import problems
from resources.deliveries.model import DeliveryRecord
from resources.evolve.steps import CURRENT_VERSION, STEPS, evolve
from tests.resources.evolve.test_step1 import old

__all__ = ["old"]

#: One recipient, delivered, in the form of the first release.
OLD_LEDGER = bytes.fromhex("0101 01000000 01000000 01 01 fa00 05 0000 322e302e30")


def older_event(events, name, moment, **data):
    """An event as an older release has stored it."""
    event = BounceEvent.__new__(BounceEvent)
    event.__dict__.update(
        list_id="ant.example.com", email=f"{name}@example.com", context="normal", timestamp=moment,
        data=data, __name__=name, __parent__=events,
    )  # fmt: skip
    events._data[name] = event


def older_record(deliveries, name, moment):
    """A delivery record as an older release has stored it."""
    record = DeliveryRecord(f"<{name}>", "ant.example.com", [f"{name}@example.com"], OLD_LEDGER)
    record.__dict__.update(finished_at=moment, __name__=name, __parent__=deliveries)
    deliveries._data[name] = record
    deliveries._by_time.add((moment, name))


class TestStep3:
    def test_an_old_database_gets_there(self, old):
        site, manager = old
        assert evolve(site, manager) == CURRENT_VERSION
        manager.begin()
        assert problems(site) == []
        assert len(site.bounce_events) == 0

    def test_older_events_are_readable_and_found(self, site):
        events = site.bounce_events
        del events.__dict__["_lanes"]
        events.__dict__.update(_data=OOBTree(), _count=Length(2))
        older_event(events, "bart", datetime(2026, 3, 2), code=552, text="full")
        older_event(events, "anne", datetime(2026, 3, 1), code=550, message_id="<x>", odd=1)
        STEPS[3](site)
        STEPS[3](site)
        first, second = events.values()
        assert (first.email, first.code, first.message_id) == ("anne@example.com", 550, "<x>")
        assert (second.email, second.code, second.text) == ("bart@example.com", 552, "full")
        assert (first.context, first.cause) == (BounceContext.normal, BounceCause.unknown)
        assert (first.source, first.processed) == ("smtp", False)
        assert events.unprocessed(10) == [first, second]
        assert problems(site) == []

    def test_older_delivery_records_are_readable_and_found(self, site):
        deliveries = site.deliveries
        del deliveries.__dict__["_shelves"]
        names = [f"17637123{number:02d}.5+{number:x}0" for number in range(16)]
        deliveries.__dict__.update(_data=OOBTree(), _by_time=OOTreeSet(), _count=Length(16))
        for day, name in enumerate(names, 1):
            older_record(deliveries, name, datetime(2026, 3, day))
        STEPS[3](site)
        STEPS[3](site)
        assert problems(site) == []
        assert set(deliveries.__dict__) == {"_shelves", "__name__", "__parent__"}
        assert [record.__name__ for record in deliveries.values()] == names[::-1]
        [record] = deliveries.of_message(f"<{names[3]}>")
        assert record is deliveries[names[3]]
        assert record.finished_at == datetime(2026, 3, 4)
        fate = record.opened().fate(0)
        assert (fate.state, fate.code, fate.batch) == (DeliveryState.delivered, 250, 0)
        assert fate.when == record.finished_at
        assert deliveries.count("ant.example.com") == 16
        assert deliveries.evict(timedelta(0), limit=5) == 5
        assert len(deliveries) == 11
