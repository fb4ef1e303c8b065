"""Step 3, on what older releases have written."""

from __future__ import annotations

from datetime import datetime

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree

from mmcore.interfaces.bounce import BounceCause, BounceContext
from resources.bounces.model import BounceEvent
from resources.check import problems
from resources.evolve.steps import CURRENT_VERSION, STEPS, evolve
from tests.resources.evolve.test_step1 import old

__all__ = ["old"]


def older_event(events, name, moment, **data):
    """An event as an older release has stored it."""
    event = BounceEvent.__new__(BounceEvent)
    event.__dict__.update(
        list_id="ant.example.com", email=f"{name}@example.com", context="normal", timestamp=moment,
        data=data, __name__=name, __parent__=events,
    )  # fmt: skip
    events._data[name] = event


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
