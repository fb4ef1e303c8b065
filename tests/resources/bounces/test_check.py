"""Indexes of bounce events that say something else than the events are found out."""

from __future__ import annotations

import pytest

from mmcore.interfaces.bounce import BounceCause
from resources.bounces.check import check

pytestmark = pytest.mark.unsound


@pytest.fixture
def lane(site):
    site.bounce_events.add("ant.example.com", "anne@example.org", lane="out-0")
    site.bounce_events.add("ant.example.com", "bart@example.org", lane="out-0")
    assert list(check(site)) == []
    return site.bounce_events._lanes["out-0"]


DAMAGES = {
    "calls itself": lambda lane, event: setattr(event, "__name__", "x"),
    "another parent": lambda lane, event: setattr(event, "__parent__", None),
    "is entered with": lambda lane, event: setattr(event, "cause", BounceCause.policy),
    "was not weighed": lambda lane, event: setattr(lane.mark, "key", event.__name__),
    "is newer than": lambda lane, event: setattr(lane.last, "moment", 0),
    "the count": lambda lane, event: lane.total.change(1),
    "by list": lambda lane, event: lane.by_list["ant.example.com"].keys.remove(event.__name__),
    "counts by list": lambda lane, event: lane.by_list["ant.example.com"].total.change(1),
    "by address": lambda lane, event: lane.by_address.clear(),
    "by provider": lambda lane, event: lane.by_provider.clear(),
    "or has another": lambda lane, event: setattr(lane, "__name__", "x"),
}


class TestCheck:
    @pytest.mark.parametrize("problem", DAMAGES)
    def test_every_damage_is_told(self, site, lane, problem):
        DAMAGES[problem](lane, next(iter(lane.events.values()))[0])
        assert any(problem in found for found in check(site))

    def test_an_event_from_the_future_is_told(self, site, lane):
        event = next(iter(lane.events.values()))[0]
        event.timestamp = event.timestamp.replace(year=2100)
        assert any("is older than its event" in found for found in check(site))
