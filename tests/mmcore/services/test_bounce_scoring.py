"""Failures become scores, and scores become decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mmcore.interfaces.bounce import BounceContext, BounceOutcome
from mmcore.interfaces.member import DeliveryStatus, MemberRole
from mmcore.services.bounce_scoring import process_events
from tests.support.bounces import DAY, DEAD, DMARC, FULL, GONE, HOUR, Weather
from tests.support.queues import queued

EMAIL = "aperson@example.com"
OWNER = "owner@example.com"


@pytest.fixture
def weather(engine, site, monkeypatch):
    return Weather(engine, site, monkeypatch)


@pytest.fixture
def owner(site, mlist):
    return mlist.subscribe(site.addresses.add(OWNER), MemberRole.owner)


class TestWeighing:
    def test_a_failure_waits_until_it_is_known_who_else_failed(self, weather, mlist, anne):
        event = weather.fail(mlist, EMAIL)
        assert weather.weigh(timedelta(minutes=59)) == 0
        assert (event.outcome, anne.bounce_score) == ("", 0)
        assert weather.weigh(timedelta(minutes=2)) == 1
        assert (event.outcome, anne.bounce_score) == ("scored", 1)
        assert anne.last_bounce_received == event.timestamp

    def test_nothing_is_weighed_twice(self, weather, mlist, anne):
        weather.fail(mlist, EMAIL)
        assert weather.weigh() == 1
        assert weather.weigh() == 0
        assert anne.bounce_score == 1

    def test_only_so_many_are_weighed_at_once(self, weather, mlist, engine, site):
        for number in range(5):
            weather.fail(mlist, f"m{number}@example.org")
        weather.pass_by(2 * HOUR)
        assert process_events(engine, site, 3) == 3
        assert process_events(engine, site, 3) == 2
        assert process_events(engine, site, 3) == 0

    def test_events_of_a_list_that_is_gone_are_done_with(self, weather, mlist, site):
        event = weather.fail(mlist, EMAIL)
        site.lists.remove(mlist)
        weather.weigh()
        assert event.outcome == "no_list"

    def test_a_list_may_not_want_to_know(self, weather, mlist, anne):
        mlist.process_bounces = False
        event = weather.fail(mlist, EMAIL)
        weather.weigh()
        assert (event.outcome, anne.bounce_score) == ("switched_off", 0)

    def test_strangers_have_no_score(self, weather, mlist, anne, owner):
        events = [weather.fail(mlist, email) for email in ("stranger@example.org", OWNER)]
        weather.weigh()
        assert [event.outcome for event in events] == ["not_a_member", "not_a_member"]

    def test_another_address_of_the_same_user_counts(self, weather, mlist, anne, site):
        anne.user.link(site.addresses.add("anne@example.org"))
        weather.fail(mlist, "anne@example.org")
        weather.weigh()
        assert anne.bounce_score == 1

    def test_two_failures_on_one_day_count_once(self, weather, mlist, anne):
        weather.fail(mlist, EMAIL)
        weather.pass_by(HOUR)
        second = weather.fail(mlist, EMAIL)
        weather.weigh()
        assert (second.outcome, anne.bounce_score) == ("same_day", 1)
        assert anne.last_bounce_received == second.timestamp

    def test_each_day_counts(self, weather, mlist, anne):
        weather.days_of_failures(3, mlist, EMAIL)
        assert anne.bounce_score == 3

    def test_what_is_long_ago_is_forgotten(self, weather, mlist, anne):
        weather.days_of_failures(3, mlist, EMAIL)
        weather.pass_by(7 * DAY)
        weather.days_of_failures(1, mlist, EMAIL)
        assert anne.bounce_score == 1

    def test_exactly_as_old_as_allowed_is_not_too_old(self, weather, mlist, anne):
        weather.fail(mlist, EMAIL)
        weather.pass_by(mlist.bounce_info_stale_after)
        weather.fail(mlist, EMAIL)
        weather.weigh()
        assert anne.bounce_score == 2


class TestCauses:
    @pytest.mark.parametrize(
        ("reply", "outcome"),
        [
            (GONE, "scored"),
            (FULL, "scored"),
            (DMARC, "not_at_fault"),
            ((554, "5.7.1", "Client host blocked using zen.spamhaus.org"), "not_at_fault"),
            ((552, "5.3.4", "Message size exceeds fixed limit"), "not_at_fault"),
            ((421, "4.7.28", "Unusual rate"), "not_at_fault"),
            ((550, "5.4.6", "mail loops back to myself"), "not_at_fault"),
            ((550, "5.1.8", "Sender address rejected: Domain not found"), "not_at_fault"),
            ((550, "", "No."), "not_at_fault"),
        ],
    )
    def test_only_what_is_the_mailboxs_fault_counts(self, weather, mlist, anne, reply, outcome):
        event = weather.fail(mlist, EMAIL, reply)
        weather.weigh()
        assert event.outcome == outcome
        assert anne.bounce_score == (1 if outcome == "scored" else 0)

    @pytest.mark.parametrize("source", ["gave-up", "report", "verp"])
    def test_a_server_that_nobody_reached_for_days_counts(self, weather, mlist, anne, source):
        weather.fail(mlist, EMAIL, DEAD, source=source)
        weather.weigh()
        assert anne.bounce_score == 1

    def test_our_own_way_out_does_not(self, weather, mlist, anne):
        weather.fail(mlist, EMAIL, (444, "4.4.2", "connection lost"), source="gave-up")
        weather.weigh()
        assert anne.bounce_score == 0

    def test_greylisting_for_days_does_not(self, weather, mlist, anne):
        weather.fail(mlist, EMAIL, (450, "4.2.0", "Greylisted"), source="gave-up")
        weather.weigh()
        assert anne.bounce_score == 0

    def test_a_mailbox_that_stayed_full_does(self, weather, mlist, anne):
        weather.fail(mlist, EMAIL, (452, "4.2.2", "over quota"), source="gave-up")
        weather.weigh()
        assert anne.bounce_score == 1

    def test_a_dead_domain_is_removed_at_last(self, weather, mlist, anne):
        weather.days_of_failures(5, mlist, EMAIL, DEAD, source="report")
        for _ in range(4):
            weather.warn()
            weather.pass_by(7 * DAY)
        assert mlist.members.get(EMAIL) is None


class TestThreshold:
    def test_delivery_is_switched_off(self, weather, mlist, anne):
        events = weather.days_of_failures(5, mlist, EMAIL)
        assert [event.outcome for event in events] == ["scored"] * 4 + ["disabled"]
        assert anne.preferences.delivery_status is DeliveryStatus.by_bounces
        assert (anne.bounce_score, anne.total_warnings_sent) == (0, 0)
        assert EMAIL not in list(mlist.regular_recipients())

    def test_what_comes_later_is_residual(self, weather, mlist, anne):
        weather.days_of_failures(5, mlist, EMAIL)
        event = weather.fail(mlist, EMAIL)
        weather.weigh()
        assert (event.outcome, anne.bounce_score) == ("already_disabled", 0)

    def test_whoever_is_switched_on_again_begins_anew(self, weather, mlist, anne):
        weather.days_of_failures(5, mlist, EMAIL)
        weather.warn()
        assert anne.total_warnings_sent == 1
        anne.preferences.delivery_status = DeliveryStatus.enabled
        assert (anne.total_warnings_sent, anne.bounce_score) == (0, 0)
        weather.days_of_failures(4, mlist, EMAIL)
        assert anne.delivery_status is DeliveryStatus.enabled

    def test_owners_are_told(self, weather, mlist, anne, owner):
        weather.days_of_failures(5, mlist, EMAIL)
        assert weather.mails() == [
            (OWNER, f"Test: delivery to {EMAIL} is switched off"),
        ]

    def test_owners_need_not_be_told(self, weather, mlist, anne, owner):
        mlist.bounce_notify_owner_on_disable = False
        weather.days_of_failures(5, mlist, EMAIL)
        assert weather.mails() == []

    def test_owners_may_want_to_know_every_time(self, weather, mlist, anne, owner):
        mlist.bounce_notify_owner_on_bounce_increment = True
        weather.days_of_failures(5, mlist, EMAIL)
        subjects = [subject for _, subject in weather.mails()]
        assert subjects == [f"Test: mail to {EMAIL} has come back"] * 5 + [
            f"Test: delivery to {EMAIL} is switched off"
        ]

    def test_a_threshold_of_one_needs_one_failure(self, weather, mlist, anne):
        mlist.bounce_score_threshold = 1
        (event,) = weather.days_of_failures(1, mlist, EMAIL)
        assert event.outcome == "disabled"


class TestReports:
    def test_the_report_is_attached_when_it_is_stored(self, weather, engine, site, mlist, anne):
        mlist.bounce_score_threshold = 1
        content = engine.content.put(b"Subject: failed\r\n\r\nNo such user.\r\n")
        weather.days_of_failures(1, mlist, EMAIL, source="report", content=content)
        ((notice, _),) = queued(engine, site, "virgin")
        text, report = notice.get_payload()
        assert "    User unknown" not in text.get_payload()
        assert "550 5.1.1 User unknown" in text.get_payload()
        assert b"No such user." in report.as_bytes()

    def test_a_report_that_is_gone_is_not(self, weather, engine, site, mlist, anne):
        mlist.bounce_score_threshold = 1
        weather.days_of_failures(1, mlist, EMAIL, content="k:" + "0" * 64)
        ((notice, _),) = queued(engine, site, "virgin")
        assert not notice.is_multipart()


class TestProbing:
    @pytest.fixture(autouse=True)
    def probing(self, settings):
        settings.mta.verp_probes = True

    def test_a_probe_goes_out_before_delivery_is_switched_off(self, weather, mlist, anne, owner):
        mlist.bounce_notify_owner_on_bounce_increment = True
        events = weather.days_of_failures(5, mlist, EMAIL)
        assert events[-1].outcome == "probed"
        assert (anne.bounce_score, anne.delivery_status) == (0, DeliveryStatus.enabled)
        mails = weather.mails()
        assert [to for to, _ in mails] == [OWNER] * 4 + [EMAIL]

    def test_a_probe_that_comes_back_is_final(self, weather, mlist, anne):
        event = weather.fail(mlist, EMAIL, context=BounceContext.probe)
        assert weather.weigh(HOUR / 60) == 1
        assert event.outcome == "disabled"
        assert anne.delivery_status is DeliveryStatus.by_bounces

    def test_also_if_nobody_knows_why(self, weather, mlist, anne):
        event = weather.fail(mlist, EMAIL, (550, "", "No."), context=BounceContext.probe)
        weather.weigh()
        assert event.outcome == "disabled"

    def test_but_not_if_it_is_the_fault_of_our_side(self, weather, mlist, anne):
        event = weather.fail(mlist, EMAIL, DMARC, context=BounceContext.probe)
        weather.weigh()
        assert event.outcome == "not_at_fault"
        assert anne.delivery_status is DeliveryStatus.enabled

    def test_the_second_one_changes_nothing(self, weather, mlist, anne):
        weather.fail(mlist, EMAIL, context=BounceContext.probe)
        second = weather.fail(mlist, EMAIL, context=BounceContext.probe)
        weather.weigh()
        assert second.outcome == "already_disabled"


class TestComplaints:
    def complain(self, weather, mlist):
        return weather.fail(mlist, EMAIL, (0, "", ""), context=BounceContext.complaint)

    def test_whoever_complains_gets_no_more_mail_at_once(self, weather, mlist, anne, owner):
        event = self.complain(weather, mlist)
        assert weather.weigh(HOUR / 60) == 1
        assert (event.cause.value, event.outcome) == ("complaint", "disabled")
        assert anne.delivery_status is DeliveryStatus.by_user
        assert weather.mails() == [(OWNER, f"Test: {EMAIL} has reported a message as spam")]

    def test_nobody_who_complains_is_warned(self, weather, mlist, anne):
        self.complain(weather, mlist)
        weather.weigh()
        weather.mails()
        weather.pass_by(60 * DAY)
        weather.warn()
        assert weather.mails() == []
        assert mlist.members.get(EMAIL) is anne

    def test_not_even_if_mail_came_back_before(self, weather, mlist, anne):
        weather.days_of_failures(5, mlist, EMAIL)
        self.complain(weather, mlist)
        weather.weigh()
        assert anne.delivery_status is DeliveryStatus.by_user

    def test_the_second_complaint_changes_nothing(self, weather, mlist, anne):
        self.complain(weather, mlist)
        second = self.complain(weather, mlist)
        weather.weigh()
        assert second.outcome == "already_disabled"
        assert len(weather.mails()) == 1


def test_outcomes_are_single_words():
    assert all(outcome.value.replace("_", "").isalpha() for outcome in BounceOutcome)
