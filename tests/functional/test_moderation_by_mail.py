"""A moderator's day by mail: a stranger's post is held, and released or discarded by a reply."""

from __future__ import annotations

import email
import re
from collections import Counter
from email.message import Message
from typing import Any

from tests.support.engine import RunningEngine, until
from tests.support.lists import List, settle
from tests.support.smtpd import ScriptedServer

STRANGER = "stranger@example.net"
MODERATOR = "max@example.org"
SECRET = "Open Sesame"
#: Far more than a moderator needs; the tests share a day.
QUOTA = "1000"


#: Of the engine of these tests.
SETTINGS = {"mmcore": {"max_autoresponses_per_day": QUOTA}}


class Moderated(List):
    """A list with a moderator, to whose mail the test plays the MTA."""

    def __init__(self, engine: RunningEngine, server: ScriptedServer) -> None:
        super().__init__(engine, 3)
        self.server = server
        self.config(moderator_password=SECRET)
        status, answer = engine.rest(
            "POST", "/members", list_id=self.list_id, subscriber=MODERATOR, role="moderator"
        )
        assert status == 201, answer

    def sub(self, name: str) -> str:
        """A sub-address of the list."""
        return self.address.replace("@", f"-{name}@")

    def mails(self, recipient: str, subject: str = "") -> list[Message]:
        """What somebody was sent, as far as its Subject contains a text."""
        found = [
            email.message_from_bytes(caught.content)
            for caught in self.server.transactions
            if caught.accepted and recipient in caught.recipients
        ]
        return [msg for msg in found if subject in " ".join(str(msg["subject"]).split())]

    def mail(self, recipient: str, subject: str = "") -> Message:
        """Wait for a mail to somebody."""
        until(lambda: self.mails(recipient, subject), what=self.engine.log()[-3000:])
        [msg] = self.mails(recipient, subject)
        return msg

    def hold(self, subject: str) -> tuple[Message, str]:
        """A stranger posts; returns the part that a moderator replies to, and the Message-ID.

        The notice goes to `-owner`; the MTA hands it back to us, and the moderator gets it.
        """
        message_id = self.post(subject, sender=STRANGER)
        notice = self.mail(self.sub("owner"), "requires approval")
        refused = self.engine.post(self.sub("bounces"), [self.sub("owner")], notice.as_string())
        assert refused == {}
        delivered = self.mail(MODERATOR, "requires approval")
        _text, held, stub = delivered.get_payload()
        assert held.get_payload()[0]["message-id"] == message_id
        return stub.get_payload()[0], message_id

    def reply(self, stub: Message, text: str, to: str | None = None, fields: str = "") -> None:
        """Reply as a mail program does it."""
        recipient = to or stub["from"]
        quoted = "".join(f"> {line}\n" for line in stub.get_payload().splitlines())
        refused = self.engine.post(
            MODERATOR, [recipient],
            f"From: Max <{MODERATOR}>\nTo: {recipient}\nSubject: Re: {stub['subject']}\n"
            f"Message-ID: <reply-{len(self.server.transactions)}@example.org>\n"
            f"In-Reply-To: {stub['message-id']}\n{fields}\n{text}\n\n{quoted}",
        )  # fmt: skip
        assert refused == {}

    def held(self) -> int:
        """How many posts REST shows as held."""
        return int(self.engine.rest("GET", f"/lists/{self.list_id}/held/count")[1]["count"])

    def posts(self) -> Counter[str]:
        """How often each member got the post."""
        return +Counter({name: len(self.mails(name, "Spring")) for name in self.members})


def said(msg: Message) -> str:
    """What the results of commands say."""
    text: Any = msg.get_payload(decode=True)
    return str(text.decode()).replace("\r\n", "\n")


class TestModeratingByMail:
    def test_a_reply_with_the_password_releases_the_post_once(self, engine, smarthost):
        mlist = Moderated(engine, smarthost)
        stub, message_id = mlist.hold("Spring")
        # The author knows, in an answer that no program will answer.
        notice = mlist.mail(STRANGER, "awaits moderator approval")
        assert notice["auto-submitted"] == "auto-replied"
        assert notice["in-reply-to"] == notice["references"] == message_id
        assert mlist.held() == 1
        mlist.reply(stub, f"Approved: {SECRET}")
        results = mlist.mail(MODERATOR, "results of your e-mail commands")
        assert "The held message was accepted." in said(results)
        assert results["auto-submitted"] == "auto-replied"
        settle(engine)
        assert mlist.posts() == Counter(mlist.members)
        assert mlist.held() == 0
        [copy] = mlist.mails(mlist.members[0], "Spring")
        assert copy["message-id"] == message_id
        assert "x-mailman-approved-at" in copy
        # Acting twice does nothing, and is answered.
        mlist.reply(stub, f"Approved: {SECRET}")
        until(lambda: len(mlist.mails(MODERATOR, "results of your")) == 2)
        assert "Nothing is waiting" in said(mlist.mails(MODERATOR, "results of your")[1])
        settle(engine)
        assert mlist.posts() == Counter(mlist.members)
        assert SECRET.encode() not in b"".join(c.content for c in smarthost.transactions)

    def test_a_mere_reply_discards_it(self, engine, smarthost):
        mlist = Moderated(engine, smarthost)
        stub, _message_id = mlist.hold("Spring")
        mlist.reply(stub, "")
        results = mlist.mail(MODERATOR, "results of your e-mail commands")
        assert "The held message was discarded." in said(results)
        settle(engine)
        assert mlist.held() == 0
        assert mlist.posts() == Counter()

    def test_the_confirm_address_will_do_and_is_silent(self, engine, smarthost):
        mlist = Moderated(engine, smarthost)
        stub, _message_id = mlist.hold("Spring")
        token = stub["subject"].split()[1]
        mlist.reply(stub, "", mlist.sub(f"confirm+{token}"), f"Approved: {SECRET}\n")
        until(lambda: mlist.posts() == Counter(mlist.members), what=engine.log()[-3000:])
        settle(engine)
        assert mlist.mails(MODERATOR, "results of your") == []
        assert mlist.posts() == Counter(mlist.members)

    def test_a_wrong_password_changes_nothing(self, engine, smarthost):
        mlist = Moderated(engine, smarthost)
        stub, _message_id = mlist.hold("Spring")
        mlist.reply(stub, "Approved: mellon")
        results = mlist.mail(MODERATOR, "results of your e-mail commands")
        assert "The Approved password is wrong." in said(results)
        assert "mellon" not in said(results)
        settle(engine)
        assert mlist.held() == 1
        assert mlist.posts() == Counter()

    def test_a_decision_over_rest_makes_the_token_void(self, engine, smarthost):
        mlist = Moderated(engine, smarthost)
        stub, _message_id = mlist.hold("Spring")
        [entry] = engine.rest("GET", f"/lists/{mlist.list_id}/held")[1]["entries"]
        path = f"/lists/{mlist.list_id}/held/{entry['request_id']}"
        assert engine.rest("POST", path, action="discard")[0] == 204
        mlist.reply(stub, f"Approved: {SECRET}")
        results = mlist.mail(MODERATOR, "results of your e-mail commands")
        assert "Nothing is waiting" in said(results)
        settle(engine)
        assert mlist.posts() == Counter()


class TestMembershipByMail:
    def test_joining_and_leaving_with_nothing_but_replies(self, engine, smarthost):
        mlist = Moderated(engine, smarthost)
        guest = "guest@example.net"

        def write(recipient: str, fields: str = "") -> None:
            text = f"From: {guest}\nTo: {recipient}\nSubject: Re: hello\n{fields}\n\n"
            assert engine.post(guest, [recipient], text) == {}

        write(mlist.sub("join"))
        question = mlist.mail(guest, "confirm that you want to join")
        # A program that answers the question does not join.
        write(question["from"], "Auto-Submitted: auto-replied\n")
        settle(engine)
        assert mlist.mails(guest, "Welcome") == []
        write(question["from"])
        mlist.mail(guest, "Welcome")
        write(mlist.sub("leave"))
        write(mlist.mail(guest, "confirm that you want to leave")["from"])
        mlist.mail(guest, "no longer a member")
        settle(engine)
        assert mlist.mails(guest, "results of your") == []
        assert re.search(rf"{guest} left {re.escape(mlist.list_id)}", engine.log())
        assert [engine.queue(name) for name in ("shunt", "bad")] == [0, 0]
