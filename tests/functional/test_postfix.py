"""End to end with a real MTA: SMTP in, LMTP to us, SMTP out, into maildirs."""

from __future__ import annotations

import smtplib
from email import message_from_bytes

from tests.support.engine import until
from tests.support.ports import free_port
from tests.support.postfix import Postfix

LIST = "garden@lists.example.com"

POST = """\
From: Anne <anne@members.example.org>
To: {to}
Subject: Tomatoes
Message-ID: <tomatoes@members.example.org>
Date: Mon, 05 Jan 2026 10:00:00 +0000

They are red.
"""


def send(postfix: Postfix, sender: str, recipient: str, text: str) -> None:
    """What a mail program does."""
    with smtplib.SMTP("127.0.0.1", postfix.port) as smtp:
        smtp.sendmail(sender, [recipient], text)


class TestPostfix:
    def test_a_post_reaches_every_member_exactly_once(self, make_engine):
        postfix = Postfix("lists.example.com", "members.example.org", free_port())
        engine = make_engine(smtp=postfix.port)
        postfix.lmtp = engine.lmtp_port
        names = ["anne", "bart", "cris", *(f"m{n}" for n in range(20))]
        members = [postfix.add_mailbox(name) for name in names]
        postfix.add_mailbox("stranger")
        with postfix:
            engine.start()
            engine.create_list(LIST, members)
            send(postfix, members[0], LIST, POST.format(to=LIST))
            until(
                lambda: all(postfix.mail_of(name) for name in names),
                60,
                f"not everybody got it:\n{postfix.log()}\n{engine.log()}",
            )
            copies = {name: postfix.mail_of(name) for name in names}
            assert {name: len(mails) for name, mails in copies.items()} == dict.fromkeys(names, 1)
            assert postfix.mail_of("stranger") == []
            self.check_header(copies["bart"][0])
            until(lambda: engine.queue("out") == 0)
            assert {q: engine.queue(q) for q in ("in", "pipeline", "shunt", "bad", "retry")} == {
                "in": 0, "pipeline": 0, "shunt": 0, "bad": 0, "retry": 0,
            }  # fmt: skip

    def check_header(self, mail: bytes) -> None:
        msg = message_from_bytes(mail)
        # Postfix writes the envelope sender down here.
        assert msg["Return-Path"] == "<garden-bounces@lists.example.com>"
        assert msg["Delivered-To"] == "bart@members.example.org"
        assert msg["Subject"] == "[Garden] Tomatoes"
        assert msg["From"] == "Anne <anne@members.example.org>"
        assert msg["To"] == LIST
        assert msg["Message-ID"] == "<tomatoes@members.example.org>"
        assert msg["List-Id"] == "<garden.lists.example.com>"
        assert msg["List-Post"] == "<mailto:garden@lists.example.com>"
        assert msg["List-Unsubscribe"] == "<mailto:garden-leave@lists.example.com>"
        assert msg["List-Subscribe"] == "<mailto:garden-join@lists.example.com>"
        assert msg["List-Help"] == "<mailto:garden-request@lists.example.com?subject=help>"
        assert msg["List-Owner"] == "<mailto:garden-owner@lists.example.com>"
        assert msg["Precedence"] == "list"
        assert "They are red." in msg.get_payload()

    def test_a_post_to_no_list_comes_back_to_its_author(self, make_engine):
        postfix = Postfix("lists.example.com", "members.example.org", free_port())
        engine = make_engine(smtp=postfix.port)
        postfix.lmtp = engine.lmtp_port
        anne = postfix.add_mailbox("anne")
        with postfix:
            engine.start()
            engine.create_list(LIST, [anne])
            nowhere = "nowhere@lists.example.com"
            send(postfix, anne, nowhere, POST.format(to=nowhere))
            [mail] = until(lambda: postfix.mail_of("anne"), 60, postfix.log())
            assert b"5.1.1" in mail
            assert nowhere.encode() in mail

    def test_a_strangers_post_is_held_and_both_sides_are_told(self, make_engine):
        postfix = Postfix("lists.example.com", "members.example.org", free_port())
        engine = make_engine(smtp=postfix.port)
        postfix.lmtp = engine.lmtp_port
        anne, owner, stranger = map(postfix.add_mailbox, ("anne", "owner", "stranger"))
        with postfix:
            engine.start()
            engine.create_list(LIST, [anne])
            status, answer = engine.rest(
                "POST", "/members", list_id="garden.lists.example.com", subscriber=owner,
                role="owner",
            )  # fmt: skip
            assert status == 201, answer
            text = POST.replace("anne@", "stranger@").format(to=LIST)
            send(postfix, stranger, LIST, text)
            # The notice to the moderators goes to the list's -owner address, so it
            # comes back in by LMTP and goes out to the owners.
            [to_owner] = until(lambda: postfix.mail_of("owner"), 60, engine.log())
            [to_stranger] = until(lambda: postfix.mail_of("stranger"), 60, engine.log())
            assert b"requires approval" in to_owner
            assert b"awaits moderator approval" in to_stranger
            assert postfix.mail_of("anne") == []
