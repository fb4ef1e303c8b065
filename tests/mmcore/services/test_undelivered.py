"""Posts that were given up: somebody is told."""

from __future__ import annotations

import pytest

from mmcore.interfaces.member import MemberRole
from mmcore.services.bounce_events import Failure
from mmcore.services.undelivered import report
from tests.support.bounces import GONE, Weather
from tests.support.queues import queued

OWNER = "owner@example.com"
SITE_OWNER = "changeme@example.com"
LATER = (450, "4.2.0", "Greylisted, see http://example.org/")
AWAY = (451, "4.4.1", "Connection timed out")


@pytest.fixture
def weather(engine, site, monkeypatch):
    return Weather(engine, site, monkeypatch)


@pytest.fixture
def tell(engine, site, mlist, weather):
    """Reports failures of a message to the list."""
    mlist.subscribe(site.addresses.add(OWNER), MemberRole.owner)

    def tell(failures, message_id="<first>", subject="Tomatoes"):
        return report(engine, site, mlist, message_id, subject, failures)

    return tell


def failures(count, reply=LATER, domain="example.org"):
    return [Failure(f"m{number}@{domain}", *reply) for number in range(count)]


class TestPosts:
    def test_owners_are_told_what_did_not_arrive(self, tell, weather, engine, site):
        assert tell(failures(12) + failures(3, AWAY, "aol.com"))
        ((notice, msgdata),) = queued(engine, site, "virgin")
        assert msgdata["recipients"] == [OWNER]
        assert notice["subject"] == "Test: a message did not reach everybody"
        text = notice.get_payload(decode=True).decode().replace("\r\n", "\n")
        for words in (
            "    Tomatoes\n",
            "    12 × Too much mail at a time\n    3 × The server could not be reached\n",
            "    12 × example.org\n    3 × yahoo.com\n",
            "    450 4.2.0 Greylisted, see http://example.org/\n    451 4.4.1 Connection",
        ):
            assert words in text

    def test_once_for_each_message(self, tell, weather):
        assert tell(failures(12))
        assert not tell(failures(20))
        assert tell(failures(12), "<second>")
        assert len(weather.mails()) == 2

    def test_a_few_are_events_and_nothing_more(self, tell, weather):
        assert not tell(failures(9))
        assert weather.mails() == []

    def test_mailboxes_that_are_gone_do_not_count(self, tell, weather):
        assert not tell(failures(9) + failures(20, GONE, "example.net"))
        assert weather.mails() == []

    def test_a_message_without_subject_is_called_so(self, tell, weather, engine, site):
        assert tell(failures(12), subject="")
        ((notice, _),) = queued(engine, site, "virgin")
        assert "    (no subject)" in notice.get_payload(decode=True).decode()

    def test_a_list_without_owners_has_nobody_to_tell(self, engine, site, mlist):
        assert not report(engine, site, mlist, "<first>", "Tomatoes", failures(12))


class TestMailToOwners:
    def test_the_owner_of_the_site_is_told_once(self, tell, weather):
        assert tell([Failure(OWNER, *AWAY)])
        assert not tell([Failure(OWNER, *AWAY)], "<second>")
        assert weather.mails() == [(SITE_OWNER, "Test: those in charge cannot be reached")]

    def test_also_if_the_mailbox_is_gone(self, tell, weather):
        assert tell([Failure(OWNER.title(), *GONE)])

    def test_there_are_no_notices_about_notices(self, tell, weather, engine, site, mlist):
        assert not tell([Failure(SITE_OWNER, *AWAY)])
        mlist.subscribe(site.addresses.add(SITE_OWNER), MemberRole.owner)
        assert not tell([Failure(SITE_OWNER, *AWAY)])
        assert not report(engine, site, None, "<first>", "Tomatoes", failures(12))
        assert weather.mails() == []
