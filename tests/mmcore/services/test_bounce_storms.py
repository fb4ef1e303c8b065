"""When many fail at once, nobody is blamed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from mmcore.services.bounce_storms import LONGEST
from tests.support.bounces import DAY, DMARC, FULL, GONE, HOUR, Weather
from tests.support.queues import queued

OWNER = "owner@example.com"
SITE_OWNER = "changeme@example.com"


@pytest.fixture
def weather(engine, site, monkeypatch):
    return Weather(engine, site, monkeypatch)


@pytest.fixture
def people(site, mlist):
    """Subscribes so many at a domain, and returns their addresses."""
    mlist.subscribe(site.addresses.add(OWNER), MemberRole.owner)

    def subscribe(domain, count, mlist=mlist):
        emails = [f"{mlist.list_name}{number}@{domain}" for number in range(count)]
        for email in emails:
            mlist.subscribe(site.addresses.get(email) or site.addresses.add(email))
        return emails

    return subscribe


def outcomes(events):
    return Counter(event.outcome for event in events)


class TestStorm:
    def test_the_provider_is_blamed(self, weather, mlist, people):
        everybody = people("example.net", 12)
        events = [weather.fail(mlist, email) for email in everybody]
        weather.weigh()
        assert outcomes(events) == {"storm": 12}
        assert {member.bounce_score for member in mlist.members.members()} == {0}

    def test_the_first_to_fail_is_no_better_a_culprit(self, weather, mlist, people):
        events = []
        for email in people("example.net", 12):
            events.append(weather.fail(mlist, email))
            weather.weigh(timedelta(minutes=4))
        weather.weigh()
        assert outcomes(events) == {"storm": 12}

    def test_a_few_are_no_storm(self, weather, mlist, people):
        events = [weather.fail(mlist, email) for email in people("example.net", 9)]
        weather.weigh()
        assert outcomes(events) == {"scored": 9}

    def test_many_of_very_many_are_no_storm(self, weather, mlist, people):
        everybody = people("example.net", 60)
        events = [weather.fail(mlist, email) for email in everybody[:14]]
        weather.weigh()
        assert outcomes(events) == {"scored": 14}

    def test_a_quarter_of_them_is_one(self, weather, mlist, people):
        everybody = people("example.net", 60)
        events = [weather.fail(mlist, email) for email in everybody[:15]]
        weather.weigh()
        assert outcomes(events) == {"storm": 15}

    def test_readers_of_digests_are_members_too(self, weather, mlist, people):
        everybody = people("example.net", 60)
        for email in everybody[30:]:
            mode = DeliveryMode.mime_digests
            mlist.members.get(email).preferences.delivery_mode = mode
        events = [weather.fail(mlist, email) for email in everybody[:14]]
        weather.weigh()
        assert outcomes(events) == {"scored": 14}

    def test_failures_that_are_hours_apart_are_no_storm(self, weather, mlist, people):
        events = []
        for email in people("example.net", 12):
            events.append(weather.fail(mlist, email))
            weather.weigh(HOUR)
        weather.weigh()
        assert outcomes(events) == {"scored": 12}

    def test_other_providers_have_nothing_to_do_with_it(self, weather, mlist, people):
        stormy = [weather.fail(mlist, email) for email in people("example.net", 12)]
        calm = [weather.fail(mlist, email) for email in people("example.org", 3)]
        weather.weigh()
        assert outcomes(stormy) == {"storm": 12}
        assert outcomes(calm) == {"scored": 3}

    def test_domains_of_one_provider_count_together(self, weather, mlist, people):
        domains = ("yahoo.com", "yahoo.fr", "aol.com")
        events = [weather.fail(mlist, email) for d in domains for email in people(d, 4)]
        weather.weigh()
        assert outcomes(events) == {"storm": 12}

    def test_lists_count_together(self, weather, mlist, people, site, engine):
        other = site.lists.add("other@example.com")
        events = []
        for each in (mlist, other):
            events += [weather.fail(each, email) for email in people("example.net", 6, each)]
        weather.weigh()
        assert outcomes(events) == {"storm": 12}

    def test_strangers_make_no_storm(self, weather, mlist, people):
        emails = people("example.net", 3)
        events = [weather.fail(mlist, email) for email in emails]
        for number in range(20):
            weather.fail(mlist, f"stranger{number}@example.net")
        weather.weigh()
        assert outcomes(events) == {"scored": 3}

    def test_what_is_nobodys_fault_makes_a_storm_for_the_others(self, weather, mlist, people):
        *most, last = people("example.net", 12)
        refused = [weather.fail(mlist, email, DMARC) for email in most]
        gone = weather.fail(mlist, last)
        weather.weigh()
        assert outcomes(refused) == {"not_at_fault": 11}
        assert gone.outcome == "storm"


class TestAfterwards:
    def test_nobody_is_blamed_for_a_day(self, weather, mlist, people):
        first, *_ = everybody = people("example.net", 12)
        for email in everybody:
            weather.fail(mlist, email)
        weather.pass_by(23 * HOUR)
        late = weather.fail(mlist, first, FULL)
        weather.pass_by(2 * HOUR)
        later = weather.fail(mlist, first, FULL)
        weather.weigh()
        assert (late.outcome, later.outcome) == ("storm", "scored")

    def test_one_mailbox_does_not_keep_a_storm_alive(self, weather, mlist, people):
        first, *_ = everybody = people("example.net", 12)
        for email in everybody:
            weather.fail(mlist, email)
        events = weather.days_of_failures(6, mlist, first)
        assert [event.outcome for event in events] == ["storm"] * 2 + ["scored"] * 4

    def test_it_is_forgotten(self, weather, mlist, people, site):
        for email in people("example.net", 12):
            weather.fail(mlist, email)
        weather.weigh()
        assert [storm.provider for storm in site.bounce_storms.values()] == ["example.net"]
        weather.pass_by(8 * DAY)
        weather.weigh()
        assert site.bounce_storms.values() == []

    def test_after_a_month_it_is_no_bad_day_any_more(self, weather, mlist, people):
        everybody = people("example.net", 12)
        for _ in range(LONGEST.days + 1):
            for email in everybody:
                weather.fail(mlist, email)
            weather.weigh()
            weather.pass_by(22 * HOUR)
        assert {member.bounce_score for member in mlist.members.members()} == {0}
        for email in everybody:
            weather.days_of_failures(1, mlist, email)
        scores = [mlist.members.get(email).bounce_score for email in everybody]
        assert set(scores) == {1}


class TestNotices:
    def test_owners_and_the_owner_of_the_site_are_told(self, weather, mlist, people):
        for email in people("example.net", 12):
            weather.fail(mlist, email, DMARC)
        weather.weigh()
        subject = "Test: mail to example.net comes back"
        assert weather.mails() == [(SITE_OWNER, subject), (OWNER, subject)]

    def test_they_are_told_how_many_and_why(self, weather, mlist, people, engine, site):
        *most, last = people("example.net", 12)
        for email in most:
            weather.fail(mlist, email, DMARC)
        weather.fail(mlist, last, (421, "4.7.0", "Slow down"))
        people("example.org", 3)
        weather.weigh()
        text = queued(engine, site, "virgin")[-1][0].get_payload()
        assert "12 of 12 members there" in text
        assert "    550 5.7.26 Unauthenticated email is not accepted" in text
        assert "    421 4.7.0 Slow down\r\n" in text

    def test_owners_of_every_list_are_told(self, weather, mlist, people, site):
        other = site.lists.add("other@example.com")
        other.subscribe(site.addresses.get(OWNER), MemberRole.owner)
        for each in (mlist, other):
            for email in people("example.net", 12, each):
                weather.fail(each, email)
        weather.weigh()
        told = sorted(subject for to, subject in weather.mails() if to == OWNER)
        assert [subject.partition(":")[0] for subject in told] == ["Other", "Test"]

    def test_once_per_storm(self, weather, mlist, people):
        everybody = people("example.net", 12)
        for _ in range(3):
            for email in everybody:
                weather.fail(mlist, email)
            weather.weigh()
            weather.pass_by(3 * DAY)
        assert len(weather.mails()) == 2
        weather.pass_by(8 * DAY)
        for email in everybody:
            weather.fail(mlist, email)
        weather.weigh()
        assert len(weather.mails()) == 2


class TestTenDays:
    PROVIDERS = ("gmail.com", "yahoo.com", "example.net")

    def test_a_dmarc_storm_disables_nobody_and_a_dead_mailbox_goes(self, weather, mlist, people):
        readers = [email for domain in self.PROVIDERS for email in people(domain, 167)]
        (dead,) = people("example.org", 1)
        hopeless = "test0@example.org"
        assert dead == hopeless
        for _ in range(10):
            for email in readers:
                weather.fail(mlist, email, DMARC)
            if mlist.members.get(dead).delivery_status is DeliveryStatus.enabled:
                weather.fail(mlist, dead, GONE)
            weather.weigh()
            weather.warn()
            weather.pass_by(22 * HOUR)
        mails = Counter(weather.mails())
        for provider in self.PROVIDERS:
            subject = f"Test: mail to {provider} comes back"
            assert (mails[OWNER, subject], mails[SITE_OWNER, subject]) == (1, 1)
        assert mails[OWNER, f"Test: delivery to {dead} is switched off"] == 1
        assert mails[dead, "Delivery from Test is switched off for you"] == 1
        assert sum(mails.values()) == 8
        for _ in range(3):
            weather.pass_by(7 * DAY)
            weather.warn()
        assert mlist.members.get(dead) is None
        left = mlist.members.members()
        assert len(left) == 501
        assert {member.delivery_status for member in left} == {DeliveryStatus.enabled}
        assert {member.bounce_score for member in left} == {0}

    def test_a_dead_mailbox_at_a_stormy_provider_goes_when_it_is_over(
        self, weather, mlist, people
    ):
        dead, *readers = people("gmail.com", 40)
        for _ in range(3):
            for email in readers:
                weather.fail(mlist, email, DMARC)
            weather.fail(mlist, dead)
            weather.weigh()
            weather.pass_by(22 * HOUR)
        assert mlist.members.get(dead).bounce_score == 0
        weather.pass_by(DAY)
        weather.days_of_failures(5, mlist, dead)
        assert mlist.members.get(dead).delivery_status is DeliveryStatus.by_bounces
