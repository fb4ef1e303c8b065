"""Members to whom delivery is switched off are warned, then removed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mmcore.interfaces.member import DeliveryStatus, MemberRole
from mmcore.services.bounce_warnings import due, warn_or_remove
from tests.support.bounces import DAY, FULL, Weather
from tests.support.queues import queued

EMAIL = "aperson@example.com"
OWNER = "owner@example.com"
WARNING = (EMAIL, "Delivery from Test is switched off for you")
GOODBYE = (EMAIL, "You are no longer a member of Test")
REMOVED = (OWNER, f"Test: {EMAIL} was removed, since mail comes back")
WEEK = 7 * DAY


@pytest.fixture
def weather(engine, site, monkeypatch):
    return Weather(engine, site, monkeypatch)


@pytest.fixture
def disabled(site, mlist, anne):
    """Anne, whose mail has come back."""
    mlist.subscribe(site.addresses.add(OWNER), MemberRole.owner)
    anne.preferences.delivery_status = DeliveryStatus.by_bounces
    return anne


class TestDue:
    def test_whoever_was_never_warned_is(self, weather, site, disabled):
        assert due(site) == [disabled.member_id]

    def test_not_before_the_interval_is_over(self, weather, site, disabled):
        weather.warn()
        assert due(site) == []
        weather.pass_by(WEEK - timedelta(seconds=1))
        assert due(site) == []
        weather.pass_by(timedelta(seconds=1))
        assert due(site) == [disabled.member_id]

    @pytest.mark.parametrize(
        "status", [status for status in DeliveryStatus if status is not DeliveryStatus.by_bounces]
    )
    def test_others_are_not(self, site, disabled, status):
        disabled.preferences.delivery_status = status
        assert due(site) == []

    def test_only_the_members_own_preference_counts(self, site, mlist, anne):
        anne.address.preferences.delivery_status = DeliveryStatus.by_bounces
        assert due(site) == []

    def test_owners_are_not(self, site, mlist, disabled):
        owner = mlist.owners.get(OWNER)
        owner.preferences.delivery_status = DeliveryStatus.by_bounces
        assert due(site) == [disabled.member_id]

    def test_a_list_may_not_want_to_know(self, site, mlist, disabled):
        mlist.process_bounces = False
        assert due(site) == []

    def test_nobody_who_has_gone_is(self, site, disabled):
        disabled.unsubscribe()
        assert due(site) == []


class TestWarning:
    def test_a_member_is_warned_three_times_then_removed(self, weather, mlist, disabled):
        for number in (1, 2, 3):
            weather.warn()
            assert weather.mails() == [WARNING]
            assert disabled.total_warnings_sent == number
            assert disabled.last_warning_sent == weather.moment
            weather.pass_by(WEEK)
        weather.warn()
        assert weather.mails() == [REMOVED, GOODBYE]
        assert mlist.members.get(EMAIL) is None
        weather.warn()
        assert weather.mails() == []

    def test_the_list_says_how_often(self, weather, mlist, disabled):
        mlist.bounce_you_are_disabled_warnings = 1
        mlist.bounce_you_are_disabled_warnings_interval = DAY
        weather.warn()
        weather.pass_by(DAY)
        weather.warn()
        assert weather.mails() == [WARNING, REMOVED, GOODBYE]

    def test_without_warnings_members_are_removed_at_once(self, weather, mlist, disabled):
        mlist.bounce_you_are_disabled_warnings = 0
        weather.warn()
        assert weather.mails() == [REMOVED, GOODBYE]

    def test_it_is_safe_to_repeat(self, weather, engine, site, disabled):
        for _ in range(2):
            warn_or_remove(engine, site, disabled.member_id)
        assert weather.mails() == [WARNING]
        disabled.preferences.delivery_status = DeliveryStatus.enabled
        weather.pass_by(WEEK)
        warn_or_remove(engine, site, disabled.member_id)
        warn_or_remove(engine, site, "0" * 32)
        assert weather.mails() == []

    def test_whoever_is_switched_on_meanwhile_stays(self, weather, mlist, disabled):
        weather.warn()
        disabled.preferences.delivery_status = DeliveryStatus.enabled
        assert (disabled.total_warnings_sent, disabled.last_warning_sent) == (0, datetime.min)
        weather.pass_by(10 * WEEK)
        weather.warn()
        assert mlist.members.get(EMAIL) is disabled

    def test_the_reader_is_warned_in_their_language(self, weather, engine, site, disabled):
        disabled.preferences.preferred_language = "de"
        weather.warn()
        ((notice, msgdata),) = queued(engine, site, "virgin")
        assert "stellt" in notice.get_payload(decode=True).decode()
        assert notice["from"] == "test-bounces@example.com"
        assert msgdata["verp"] is False


class TestRemoval:
    @pytest.fixture(autouse=True)
    def at_once(self, mlist):
        mlist.bounce_you_are_disabled_warnings = 0
        # Farewell is said whatever the list wants otherwise.
        mlist.send_goodbye_message = False

    def test_instead_there_is_the_ordinary_notice(self, weather, mlist, disabled):
        mlist.bounce_notify_owner_on_removal = False
        mlist.admin_notify_mchanges = True
        weather.warn()
        assert weather.mails() == [(OWNER, "Test: a member has left"), GOODBYE]

    def test_or_none(self, weather, mlist, disabled):
        mlist.bounce_notify_owner_on_removal = False
        weather.warn()
        assert weather.mails() == [GOODBYE]

    def test_the_last_report_is_attached(self, weather, engine, site, mlist, disabled):
        content = engine.content.put(b"Subject: failed\r\n\r\nThe box is full.\r\n")
        weather.fail(mlist, EMAIL, FULL, source="report", content=content)
        weather.warn()
        ((notice, _), _goodbye) = queued(engine, site, "virgin")
        assert b"The mailbox is full" in notice.as_bytes()
        assert b"The box is full." in notice.as_bytes()
