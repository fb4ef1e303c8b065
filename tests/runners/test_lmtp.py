"""LMTP (RFC 2033): what is accepted, refused, and left in which queue."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
from pathlib import Path

import pytest

from mmcore.app import opened
from mmcore.config import load
from tests.support.engine import RunningEngine, until
from tests.support.queues import queued

POST = """\
From: anne.person@example.com
To: mylist@example.com
Subject: An interesting message
Message-ID: <badger>

This is an interesting message.
"""
REFUSED = (550, b"5.1.1 Requested action not taken: mailbox unavailable")


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """An engine of which only the ends run: what comes in stays in its queue."""
    engine = RunningEngine(Path(tmp_path_factory.mktemp("l")))
    engine.start("-r", "lmtp", "-r", "rest")
    engine.create_list("mylist@example.com", [])
    engine.rest("PATCH", "/domains/example.com", alias_domain="alias.example.net")
    yield engine
    engine.stop()


def waiting(engine: RunningEngine, queue: str, count: int = 1) -> list:
    """Take everything out of a queue, once there are `count` entries in it."""
    until(lambda: engine.queue(queue) >= count)
    with opened(load(engine.config)) as (inner, site):
        return queued(inner, site, queue)


def deliver(engine: RunningEngine, recipient: str, text: str = POST) -> dict:
    return engine.post("anne.person@example.com", [recipient], text)


class TestSession:
    def test_the_banner_and_lhlo_say_what_is_offered(self, engine):
        with smtplib.LMTP() as session:
            code, banner = session.connect("127.0.0.1", engine.lmtp_port)
            assert code == 220
            assert b"mmcore" in banner
            assert session.ehlo("remote.example.org")[0] == 250
            for extension in ("size", "8bitmime", "smtputf8", "pipelining", "enhancedstatuscodes"):
                assert session.has_extn(extension), extension
            assert session.esmtp_features["size"] == "33554432"

    @pytest.mark.parametrize("verb", ["HELO x", "EHLO x"])
    def test_smtp_greetings_are_refused(self, engine, verb):
        with engine.lmtp() as session:
            assert session.docmd(verb)[0] == 500

    def test_data_without_a_recipient_is_out_of_sequence(self, engine):
        with engine.lmtp() as session:
            session.ehlo()
            session.mail("anne@example.com")
            assert session.docmd("DATA")[0] == 503

    def test_a_message_announced_too_large_is_refused_at_mail(self, engine):
        with engine.lmtp() as session:
            session.ehlo()
            assert session.mail("anne@example.com", ["SIZE=33554433"])[0] == 552

    def test_commands_may_be_pipelined(self, engine):
        with socket.create_connection(("127.0.0.1", engine.lmtp_port), 10) as sock:
            file = sock.makefile("rb")
            file.readline()
            sock.sendall(
                b"LHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<mylist@example.com>\r\n"
                b"RCPT TO:<nope@example.com>\r\nDATA\r\n"
            )
            replies = []
            while not replies or not replies[-1].startswith(b"354"):
                replies.append(file.readline())
            codes = [line[:4] for line in replies if line[3:4] == b" "]
            assert codes == [b"250 ", b"250 ", b"250 ", b"550 ", b"354 "]
            sock.sendall(POST.replace("\n", "\r\n").encode() + b".\r\nQUIT\r\n")
            assert file.readline().startswith(b"250 ")
            assert file.readline().startswith(b"221 ")
        waiting(engine, "in")


class TestRecipients:
    @pytest.mark.parametrize(
        "address",
        ["nope@example.com", "mylist-bogus@example.com", "mylist@elsewhere.example.com", "mylist",
         "-join@example.com", "mylist-admin@example.com", "+x@example.com"],
    )  # fmt: skip
    def test_what_does_not_exist_is_refused_at_rcpt(self, engine, address):
        with engine.lmtp() as session:
            session.ehlo()
            session.mail("anne@example.com")
            assert session.rcpt(address) == REFUSED

    def test_a_new_list_is_known_at_once(self, engine):
        with engine.lmtp() as session:
            session.ehlo()
            session.mail("anne@example.com")
            assert session.rcpt("brandnew@example.com")[0] == 550
            engine.create_list("brandnew@example.com", [])
            assert session.rcpt("brandnew@example.com")[0] == 250

    def test_one_reply_for_each_recipient_in_their_order(self, engine):
        with engine.lmtp() as session:
            session.ehlo()
            session.mail("anne@example.com")
            names = ["mylist", "mylist-owner", "mylist-request"]
            assert [session.rcpt(f"{name}@example.com")[0] for name in names] == [250] * 3
            session.docmd("DATA")
            session.send(POST.replace("\n", "\r\n").encode() + b".\r\n")
            assert [session.getreply()[0] for _ in names] == [250] * 3
            assert session.noop()[0] == 250
        assert len(waiting(engine, "in", 2)) == 2
        assert len(waiting(engine, "command")) == 1

    def test_one_mailbox_in_two_spellings_gets_the_message_once(self, engine):
        names = ["mylist@example.com", "MyList+detail@EXAMPLE.com", "mylist@alias.example.net"]
        with engine.lmtp() as session:
            session.ehlo()
            session.mail("anne@example.com")
            assert [session.rcpt(name)[0] for name in names] == [250] * 3
            session.docmd("DATA")
            session.send(POST.replace("\n", "\r\n").encode() + b".\r\n")
            assert [session.getreply()[0] for _ in names] == [250] * 3
        assert len(waiting(engine, "in")) == 1


class TestQueues:
    @pytest.mark.parametrize(
        ("recipient", "queue", "expected"),
        [
            ("mylist@example.com", "in", {"to_list": True}),
            ("MYLIST+anything@example.com", "in", {"to_list": True}),
            ("mylist@alias.example.net", "in", {"to_list": True}),
            ("mylist-request@example.com", "command",
             {"subaddress": "request", "to_request": True}),
            ("mylist-bounces@example.com", "bounces", {"subaddress": "bounces"}),
            ("mylist-bounces+a=b.example@example.com", "bounces", {"subaddress": "bounces"}),
            ("mylist-confirm@example.com", "command", {"subaddress": "confirm"}),
            ("mylist-confirm+" + "0" * 80 + "@example.com", "command", {"subaddress": "confirm"}),
            ("mylist-join@example.com", "command", {"subaddress": "join"}),
            ("mylist-subscribe@example.com", "command", {"subaddress": "join"}),
            ("mylist-leave@example.com", "command", {"subaddress": "leave"}),
            ("mylist-unsubscribe@example.com", "command", {"subaddress": "leave"}),
            ("mylist-owner@example.com", "in",
             {"subaddress": "owner", "to_owner": True, "envsender": "owner@example.com"}),
        ],
    )  # fmt: skip
    def test_each_address_has_its_queue_and_metadata(self, engine, recipient, queue, expected):
        assert deliver(engine, recipient) == {}
        [(_, msgdata)] = waiting(engine, queue)
        assert msgdata.pop("received_time").tzinfo is None
        assert msgdata.pop("original_size") == len(POST.replace("\n", "\r\n"))
        assert msgdata == {
            "listid": "mylist.example.com", "version": 3, "_parsemsg": False, **expected,
        }  # fmt: skip

    def test_a_list_named_like_a_sub_address_wins(self, engine):
        engine.create_list("mylist-leave@example.com", [])
        try:
            deliver(engine, "mylist-leave@example.com")
            [(_, msgdata)] = waiting(engine, "in")
            assert msgdata["listid"] == "mylist-leave.example.com"
            deliver(engine, "mylist-leave-leave@example.com")
            [(_, msgdata)] = waiting(engine, "command")
            assert msgdata["listid"] == "mylist-leave.example.com"
        finally:
            engine.rest("DELETE", "/lists/mylist-leave.example.com")


class TestMessage:
    def test_it_is_queued_as_it_came_with_hash_and_envelope_sender(self, engine):
        deliver(engine, "mylist@example.com")
        [(msg, _)] = waiting(engine, "in")
        assert msg.as_string() == (
            "From: anne.person@example.com\n"
            "To: mylist@example.com\n"
            "Subject: An interesting message\n"
            "Message-ID: <badger>\n"
            "Message-ID-Hash: JYMZWSQ4IC2JPKK7ZUONRFRVC4ZYJGKJ\n"
            "X-Message-ID-Hash: JYMZWSQ4IC2JPKK7ZUONRFRVC4ZYJGKJ\n"
            "X-MailFrom: anne.person@example.com\n"
            "\n"
            "This is an interesting message.\n"
        )

    def test_the_null_sender_is_written_down_too(self, engine):
        engine.post("", ["mylist-bounces@example.com"], POST)
        [(msg, _)] = waiting(engine, "bounces")
        assert msg["x-mailfrom"] == "<>"

    def test_a_message_without_message_id_gets_one(self, engine):
        deliver(engine, "mylist@example.com", POST.replace("Message-ID: <badger>\n", ""))
        [(msg, _)] = waiting(engine, "in")
        assert msg["message-id"].startswith("<")
        assert msg["message-id-hash"]

    def test_a_message_id_in_square_brackets_is_repaired(self, engine):
        deliver(engine, "mylist@example.com", POST.replace("<badger>", "<[badger]>"))
        [(msg, _)] = waiting(engine, "in")
        assert msg["message-id"] == "<badger>"

    def test_hash_fields_of_others_are_replaced(self, engine):
        deliver(engine, "mylist@example.com", "Message-ID-Hash: forged\n" + POST)
        [(msg, _)] = waiting(engine, "in")
        assert msg.get_all("message-id-hash") == ["JYMZWSQ4IC2JPKK7ZUONRFRVC4ZYJGKJ"]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\n",
            "no header at all",
            "Content-Type: multipart/mixed\n\nno boundary\n",
            'Content-Type: multipart/mixed; boundary="x"\n\n--x\n\nnot closed\n',
            "Subject: " + "x" * 5000 + "\n\n" + "y" * 100_000 + "\n",
            "Subject: =?nonsense?q?=ff?=\nContent-Type: text/plain; charset=klingon\n\n?\n",
        ],
        ids=["empty", "blank", "no-header", "no-boundary", "open", "long-lines", "charset"],
    )
    def test_defects_are_no_reason_to_refuse(self, engine, text):
        assert deliver(engine, "mylist@example.com", text) == {}
        assert len(waiting(engine, "in")) == 1

    def test_eight_bit_bytes_arrive_as_they_were_sent(self, engine):
        data = b"Subject: \xff\xfe\r\nMessage-ID: <x>\r\n\r\n\x80\x00\xe9\r\n.dot\r\n"
        with engine.lmtp() as session:
            session.sendmail("a@example.com", ["mylist@example.com"], data)
        [(msg, _)] = waiting(engine, "in")
        assert msg.as_bytes().startswith(b"Subject: \xff\xfe\r\n")
        assert msg.as_bytes().endswith(b"\r\n\r\n\x80\x00\xe9\r\n.dot\r\n")


class TestTrouble:
    def test_a_missing_message_id_is_refused_if_the_site_wants_that(self, make_strict):
        engine = make_strict
        with pytest.raises(smtplib.SMTPDataError) as refusal:
            deliver(engine, "mylist@example.com", POST.replace("Message-ID: <badger>\n", ""))
        assert refusal.value.smtp_code == 550
        assert deliver(engine, "mylist@example.com") == {}

    @pytest.fixture
    def make_strict(self, tmp_path_factory):
        engine = RunningEngine(Path(tmp_path_factory.mktemp("s")))
        text = engine.config.read_text()
        engine.config.write_text(
            text.replace("[mmcore]\n", "[mmcore]\nmissing_message_id = reject\n")
        )
        engine.start("-r", "lmtp", "-r", "rest")
        engine.create_list("mylist@example.com", [])
        yield engine
        engine.stop()

    def test_a_fault_of_ours_is_temporary_and_what_was_accepted_survives_it(
        self, tmp_path_factory
    ):
        engine = RunningEngine(Path(tmp_path_factory.mktemp("t")))
        engine.start("-n", "-r", "lmtp", "-r", "rest")
        try:
            engine.create_list("mylist@example.com", [])
            deliver(engine, "mylist@example.com")
            until(lambda: engine.queue("in") == 1)
            os.kill(engine.pid_of("zeo"), signal.SIGKILL)
            with engine.lmtp() as session:
                session.ehlo()
                session.mail("anne@example.com")
                # Until the loss of the connection is noticed, what is in memory is
                # the newest there is.  Then there is nobody to ask.
                until(lambda: session.rcpt("other@example.com")[0] == 451)
        finally:
            engine.stop()
        engine.start("--force", "-r", "lmtp", "-r", "rest")
        try:
            assert engine.queue("in") == 1
        finally:
            engine.stop()
