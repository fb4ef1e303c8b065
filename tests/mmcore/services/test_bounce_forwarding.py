"""Mail that is no report we could read goes to people, once."""

from __future__ import annotations

import email

import pytest

from mmcore.interfaces.mailing_list import UnrecognizedBounceDisposition as To
from mmcore.interfaces.member import MemberRole
from mmcore.message.message import Message
from mmcore.services.bounce_forwarding import LONGEST_ATTACHED, forward
from tests.support.failure_reports import failed, parsed, report
from tests.support.queues import queued

ODD = "From: x@example.org\nTo: test-bounces@example.com\nMessage-ID: <odd>\n\nWhat is this?\n"


@pytest.fixture
def charge(site, mlist):
    """People in charge of the list."""
    mlist.subscribe(site.addresses.add("owner@example.org"), MemberRole.owner)
    mlist.subscribe(site.addresses.add("mod@example.org"), MemberRole.moderator)


@pytest.fixture
def sent(engine, site, mlist, charge):
    """The notices about a message that is forwarded."""

    def forwarding(msg: Message, to: To = To.administrators) -> list[tuple[Message, dict]]:
        mlist.forward_unrecognized_bounces_to = to
        forward(engine, mlist, msg)
        return queued(engine, site, "virgin")

    return forwarding


class TestForward:
    def test_to_those_in_charge_of_the_list(self, sent, settings):
        [(notice, msgdata)] = sent(parsed(ODD))
        assert msgdata["recipients"] == ["mod@example.org", "owner@example.org"]
        assert msgdata["envsender"] == settings.mmcore.site_owner
        assert notice["subject"] == "Test: a failure report that nobody understands"
        text, attached = notice.get_payload()
        assert "was sent to the address for failure reports" in text.get_payload()
        assert attached.get_content_type() == "message/rfc822"
        assert attached.get_payload()[0].as_bytes() == parsed(ODD).as_bytes()

    def test_to_the_owner_of_the_site(self, sent, settings):
        [(_notice, msgdata)] = sent(parsed(ODD), To.site_owner)
        assert msgdata["recipients"] == [settings.mmcore.site_owner]

    def test_to_the_owner_of_the_site_where_nobody_is_in_charge(
        self, engine, site, mlist, settings
    ):
        forward(engine, mlist, parsed(ODD))
        [(_, msgdata)] = queued(engine, site, "virgin")
        assert msgdata["recipients"] == [settings.mmcore.site_owner]

    def test_to_nobody(self, sent):
        assert sent(parsed(ODD), To.discard) == []

    def test_a_large_one_is_cut(self, sent):
        [(notice, _)] = sent(parsed(ODD + "x" * 2 * LONGEST_ATTACHED))
        assert len(notice.as_bytes()) < LONGEST_ATTACHED + 10_000

    def test_what_comes_back_is_not_forwarded_again(self, sent):
        [(notice, _)] = sent(parsed(ODD))
        assert sent(notice) == []
        back = report(failed("owner@example.org"), enclosed=notice.as_string())
        assert sent(back) == []

    def test_the_notice_is_well_formed(self, sent):
        [(notice, _)] = sent(parsed(ODD))
        msg = email.message_from_bytes(notice.as_bytes(), policy=email.policy.default)
        assert not any(part.defects for part in msg.walk())
        assert msg["auto-submitted"] == "auto-generated"
