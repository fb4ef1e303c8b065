"""What is remembered of failures that are nobody's fault in particular."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from zope.interface.verify import verifyObject

from mmcore.interfaces.bounce_storm import IBounceStorm, IBounceStorms, IUndelivered
from resources.check import problems

MOMENT = datetime(2026, 3, 1, 9, 0)


class TestStorms:
    def test_one_is_found_by_its_provider_until_it_is_over(self, site):
        storm = site.bounce_storms.add("example.net", MOMENT)
        assert (storm.since, storm.latest, storm.told) == (MOMENT, MOMENT, ())
        assert site.bounce_storms.get("example.net") is storm
        assert site.bounce_storms.values() == [storm]
        site.bounce_storms.forget(storm)
        assert site.bounce_storms.get("example.net") is None
        assert len(site.bounce_storms) == 0

    def test_they_are_what_the_interfaces_say(self, site):
        verifyObject(IBounceStorms, site.bounce_storms)
        verifyObject(IBounceStorm, site.bounce_storms.add("example.net", MOMENT))
        verifyObject(IUndelivered, site.undelivered)


class TestUndelivered:
    def test_a_message_is_told_of_once(self, site):
        assert site.undelivered.tell("a.example.com", "<first>", MOMENT)
        assert not site.undelivered.tell("a.example.com", "<first>", MOMENT)
        assert site.undelivered.tell("b.example.com", "<first>", MOMENT)
        assert site.undelivered.tell("a.example.com", "<second>", MOMENT)

    def test_it_is_forgotten_after_a_month(self, site):
        for number in range(20):
            site.undelivered.tell("a.example.com", f"<{number}>", MOMENT)
        later = MOMENT + timedelta(days=31)
        for number in range(3):
            assert site.undelivered.tell("a.example.com", f"<later{number}>", later)
        assert len(site.undelivered) == 3
        assert site.undelivered.tell("a.example.com", "<0>", later)

    @pytest.mark.unsound
    def test_damage_is_found(self, site):
        site.undelivered.tell("a.example.com", "<first>", MOMENT)
        site.undelivered._by_time.clear()
        assert any("undelivered by time" in problem for problem in problems(site))
