"""Reports of failures, from the copy that leaves to the event that is shown."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from tests.support.engine import until
from tests.support.failure_reports import failed, report
from tests.support.lists import List, settle

SETTINGS = {
    "mta": {"verp_delivery_interval": "1"},
    # Nothing waits for what else might fail.
    "bounces": {"storm_window": "0s"},
}


@pytest.fixture
def mlist(engine, smarthost):
    """A list with a few members that has sent a post."""
    mlist = List(engine, 3)
    mlist.post()
    until(lambda: verped(mlist, smarthost))
    return mlist


def verped(mlist, smarthost) -> dict[str, str]:
    """The envelope sender of each copy by recipient, when all are there."""
    senders = {
        recipient: caught.sender
        for caught in smarthost.transactions
        for recipient in caught.recipients
        if caught.sender.startswith(f"{mlist.name}-bounces+")
    }
    return senders if len(senders) == len(mlist.members) else {}


def bounces(mlist, **query: str) -> list[dict]:
    """The events of a list."""
    text = "&".join(f"{name}={value}" for name, value in query.items())
    status, found = mlist.engine.rest("GET", f"/lists/{mlist.list_id}/bounces?{text}")
    assert status == 200
    return found.get("entries", [])


def send(mlist, address: str, text: str) -> None:
    """Have a mail server send something to an address of the list."""
    assert mlist.engine.post("", [address], text) == {}


class TestReports:
    def test_the_sender_of_the_copy_says_whose_mail_has_failed(self, mlist, smarthost):
        member = mlist.members[1]
        sender = verped(mlist, smarthost)[member]
        # The report names the address to which the mail was forwarded.
        msg = report(failed("somebody@elsewhere.example"), to=sender)
        send(mlist, sender, msg.as_string())
        [event] = until(lambda: bounces(mlist, processed="yes"))
        assert (event["email"], event["source"]) == (member, "verp")
        assert (event["cause"], event["code"], event["enhanced"]) == (
            "mailbox_gone", 550, "5.1.1",
        )  # fmt: skip
        assert event["outcome"] == "scored"
        status, found = mlist.engine.rest("GET", f"/bounces/{event['bounce_id']}/report")
        assert (status, "somebody@elsewhere.example" in found["msg"]) == (200, True)

    def test_a_report_to_the_plain_address_is_read(self, mlist, smarthost):
        send(
            mlist,
            f"{mlist.name}-bounces@example.com",
            report(failed(mlist.members[2])).as_string(),
        )
        [event] = until(lambda: bounces(mlist))
        assert (event["email"], event["source"]) == (mlist.members[2], "report")

    def test_whoever_is_away_has_not_failed(self, mlist, smarthost):
        sender = verped(mlist, smarthost)[mlist.members[0]]
        answer = EmailMessage()
        answer["From"], answer["To"], answer["Subject"] = mlist.members[0], sender, "Away"
        answer["Message-ID"], answer["Auto-Submitted"] = f"<{mlist.name}@away>", "auto-replied"
        answer.set_content("I am away.")
        send(mlist, sender, answer.as_string())
        until(lambda: f"<{mlist.name}@away>: VERPed but not a DSN" in mlist.engine.log())
        settle(mlist.engine)
        assert bounces(mlist) == []
        # People look at it.
        assert any(b"nobody understands" in caught.content for caught in smarthost.transactions)

    def test_who_is_refused_by_the_smarthost_is_noted_too(self, engine, smarthost):
        mlist = List(engine, 2)
        smarthost.script("RCPT", "550 5.1.1 Nobody of that name", match=f"<{mlist.members[1]}>")
        message_id = mlist.post()
        [event] = until(lambda: bounces(mlist, processed="yes"))
        assert (event["email"], event["source"]) == (mlist.members[1], "smtp")
        assert (event["message_id"], event["text"]) == (message_id, "Nobody of that name")
