"""acknowledge: receipts for members who want them."""

from __future__ import annotations

import pytest

from tests.support.messages import message
from tests.support.queues import queued

POST = """\
From: Anne <anne@example.net>
To: test@example.com
Subject: =?utf-8?q?=5BTest=5D_Caf=C3=A9?=
Message-ID: <first@example.net>
Precedence: list
List-Id: <test.example.com>
{fields}
Hello.
"""


@pytest.fixture
def receipts(engine, site, handle):
    """Have the handler work on a post; returns the receipts."""

    def receipts(*fields, **msgdata):
        handle("acknowledge", POST.format(fields="".join(f"{f}\n" for f in fields)), **msgdata)
        return [msg for msg, _msgdata in queued(engine, site, "virgin")]

    return receipts


@pytest.fixture
def anne(member):
    """A member who wants receipts."""
    return member("anne@example.net", acknowledge_posts=True)


class TestAcknowledge:
    def test_a_member_who_wants_it_gets_a_receipt(self, anne, receipts):
        [receipt] = receipts()
        assert receipt["to"] == "anne@example.net"
        assert receipt["from"] == "test-bounces@example.com"
        assert receipt["subject"] == "Test has accepted your message"
        assert "    [Test] Café\r\n" in receipt.get_payload(decode=True).decode()
        assert receipt["auto-submitted"] == "auto-replied"
        assert receipt["in-reply-to"] == "<first@example.net>"

    def test_most_members_do_not_want_it(self, member, receipts):
        member("anne@example.net")
        assert receipts() == []

    def test_strangers_get_none(self, receipts):
        assert receipts() == []

    def test_who_wrote_before_the_header_was_changed_gets_it(self, member, receipts):
        member("bart@example.net", acknowledge_posts=True)
        [receipt] = receipts(original_sender="bart@example.net")
        assert receipt["to"] == "bart@example.net"

    @pytest.mark.parametrize(
        "field", ["X-Ack: no", "Auto-Submitted: auto-generated", "X-MailFrom: <>"]
    )
    def test_programs_get_none(self, anne, receipts, field):
        assert receipts(field) == []

    def test_metadata_can_forbid_it(self, anne, receipts):
        assert receipts(noack=True) == []

    def test_it_is_in_the_language_of_the_author(self, anne, receipts):
        anne.preferences.preferred_language = "de"
        [receipt] = receipts()
        assert "Ihre Nachricht" in receipt.get_payload(decode=True).decode()
        [receipt] = receipts(lang="en")
        assert "Your message" in receipt.get_payload(decode=True).decode()

    def test_no_robot_gets_it(self, member, receipts):
        member("x-request@example.net", acknowledge_posts=True)
        assert receipts(original_sender="x-request@example.net") == []

    def test_it_quotes_the_subject_with_the_lists_prefix(self, anne, engine, mlist, site):
        msg, msgdata = message(POST.format(fields="")), {}
        msg.replace_header("Subject", "=?iso-8859-1?q?Caf=E9?=")
        for name in ("cook-headers", "subject-prefix", "acknowledge"):
            engine.handlers[name].process(mlist, msg, msgdata)
        [(receipt, _msgdata)] = queued(engine, site, "virgin")
        assert "    [Test] Café\r\n" in receipt.get_payload(decode=True).decode()

    def test_a_subject_that_nobody_can_read_is_no_hindrance(self, anne, engine, mlist, site):
        msg = message(POST.format(fields=""))
        msg.replace_header("Subject", "=?x-nonesuch?q?=ff?= $listname \x00")
        engine.handlers["acknowledge"].process(mlist, msg, {})
        [(receipt, _msgdata)] = queued(engine, site, "virgin")
        assert "=?x-nonesuch?q?=ff?= $listname" in receipt.get_payload(decode=True).decode()

    def test_without_a_subject_it_says_so(self, anne, engine, mlist, site):
        msg = message(POST.format(fields=""))
        del msg["subject"]
        engine.handlers["acknowledge"].process(mlist, msg, {})
        [(receipt, _msgdata)] = queued(engine, site, "virgin")
        assert "    (no subject)\r\n" in receipt.get_payload(decode=True).decode()

    def test_it_goes_to_the_address_that_wrote(self, receipts, site, mlist, anne):
        user = site.users.by_email("anne@example.net")
        other = site.addresses.add("other@example.net")
        user.link(other)
        user.preferences.acknowledge_posts = True
        [receipt] = receipts(original_sender="other@example.net")
        assert receipt["to"] == "other@example.net"

    def test_a_list_in_another_language_does_not_change_the_authors(self, receipts, anne, mlist):
        anne.preferences.preferred_language = "en"
        mlist.preferred_language = "de"
        [receipt] = receipts()
        assert "Your message" in receipt.get_payload(decode=True).decode()
