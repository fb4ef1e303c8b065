"""Malformed mail over LMTP to every mailbox of lists of all kinds, and what is left of it."""

from __future__ import annotations

import mailbox
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mmcore.message.arriving import read_arriving
from mmcore.message.message import Message
from mmcore.message.writing import as_sent
from tests.mmcore.message.samples import SAMPLES, large
from tests.support.digests import text_of, undigest
from tests.support.dns import Nameserver
from tests.support.engine import RunningEngine, until
from tests.support.keys import ED25519, RSA, holds, publish
from tests.support.lists import sending_engine, smarthost_of, waiting
from tests.support.malformed import MALFORMED
from tests.support.smtpd import ScriptedServer

CORPUS = SAMPLES | MALFORMED
AUTHOR = "aperson@example.com"
#: Seconds that all of it may take.
PATIENCE = 120

#: Nothing is held for what it looks like.
OPEN = {
    "default_member_action": "accept",
    "default_nonmember_action": "accept",
    "require_explicit_destination": "no",
    "administrivia": "no",
    "max_message_size": "0",
    "max_num_recipients": "0",
    "digest_size_threshold": "0",
}
#: Lines that tell of something that went wrong; what nobody could sign leaves unsigned.
COMPLAINTS = r" skipped for message|Traceback| (ERROR|CRITICAL) (?!.* leaves without ARC seal: )"
#: Lists by name, with their settings.
LISTS: dict[str, dict[str, Any]] = {
    # Adds what the standards ask for, and no more.
    "plain": OPEN | {"subject_prefix": ""},
    "filtered": OPEN
    | {
        "filter_content": "yes",
        "filter_types": ["application/ms-tnef", "image"],
        "filter_extensions": ["exe", "bat"],
        "convert_html_to_plaintext": "yes",
        "default_member_action": "defer",
        "subject_prefix": "[Fïltered %05d] ",
        "max_message_size": "40",
        "reply_goes_to_list": "point_to_list",
    },
    "anonymous": OPEN
    | {
        "anonymous_list": "yes",
        "description": "Über alles Mögliche",
        "reply_goes_to_list": "explicit_header",
        "reply_to_address": "other@example.com",
        "personalize": "full",
        "preferred_language": "de",
    },
    "munged": OPEN
    | {
        "dmarc_mitigate_action": "munge_from",
        "dmarc_mitigate_unconditionally": "yes",
        "first_strip_reply_to": "yes",
        "autorespond_postings": "respond_and_continue",
        "autoresponse_postings_text": "Danke schön, $listname hat es.",
        "autorespond_requests": "respond_and_continue",
        "autoresponse_request_text": "Ein Programm liest das.",
        "autorespond_owner": "respond_and_continue",
        "autoresponse_owner_text": "Wir lesen das.",
        "autoresponse_grace_period": "0d",
    },
    "wrapped": OPEN
    | {
        "dmarc_mitigate_action": "wrap_message",
        "dmarc_mitigate_unconditionally": "yes",
        "dmarc_wrapped_message_text": "Verpackt für dich.",
        "filter_content": "yes",
        "pass_types": ["multipart", "text/plain", "message"],
        "filter_action": "reject",
        "personalize": "individual",
    },
    "stock": {},
    "refusing": {"default_member_action": "reject", "default_nonmember_action": "reject"},
}
#: Mailboxes of a list that are not for posts.
MAILBOXES = [f"munged-{box}" for box in ("owner", "request", "confirm", "join", "leave")]
TOPICS = [{"name": "All", "pattern": "a|e"}, {"name": "None", "pattern": r"^\s+nothing$"}]
HEADER_MATCHES = [("subject", "^never$"), ("x-spam", "(a+)+$"), ("received", ".*evil.*evil")]


@dataclass
class Sent:
    """What was sent to a whole engine, and where to look what came of it."""

    engine: RunningEngine
    server: ScriptedServer
    #: What went to every list.
    contents: list[bytes] = field(default_factory=list)
    #: Replies over LMTP that were not 250.
    refused: list[Any] = field(default_factory=list)
    #: How many messages have to be judged.
    judged: int = 0

    def send(self, content: bytes, mailboxes: list[str], sender: str = AUTHOR) -> None:
        """Send a message to some mailboxes, byte for byte, which no library would do."""
        wire = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
        end = b".\r\n" if not wire or wire.endswith(b"\r\n") else b"\r\n.\r\n"
        with self.engine.lmtp() as session:
            session.ehlo_or_helo_if_needed()
            session.command_encoding = "utf-8"
            options = [] if sender.isascii() else ["SMTPUTF8", "BODY=8BITMIME"]
            replies = [session.mail(sender, options)]
            replies += [session.rcpt(f"{name}@example.com") for name in mailboxes]
            assert session.docmd("DATA")[0] == 354
            session.send(wire + end)
            replies += [session.getreply() for _ in mailboxes]
        self.refused += [reply for reply in replies if reply[0] != 250]
        self.judged += sum(name in LISTS or name.endswith("-owner") for name in mailboxes)

    def logged(self, pattern: str) -> list[str]:
        """Lines of the log in which something is found."""
        return [line for line in self.engine.log().splitlines() if re.search(pattern, line)]

    def decisions(self) -> Counter[str]:
        """What was decided, by the word in the log; without what handlers and commands did."""
        pattern = r" (ACCEPT|HOLD|DISCARD|REJECT|OWNER): (?!.* by handler |.*; no commands)"
        return Counter(re.findall(pattern, self.engine.log()))

    def settle(self) -> None:
        """Wait until everything is done."""
        until(lambda: self.decisions().total() >= self.judged, PATIENCE, "not all is judged")
        for queue in (waiting, lambda engine: {"archive": engine.queue("archive")}):
            until(lambda queue=queue: not any(queue(self.engine).values()), PATIENCE, "stuck")

    def accepted(self, name: str) -> int:
        """How many posts went through a list's pipeline to its end."""
        config = self.engine.rest("GET", f"/lists/{name}.example.com/config")[1]
        return int(config["post_id"]) - 1

    def posts(self, name: str) -> list[Message]:
        """What a list gave to its members, without digests."""
        reader, bounces = f"{name}-posts@example.org", f"{name}-bounces@example.com"
        return [
            Message.parse(caught.content)
            for caught in self.server.transactions
            if caught.sender == bounces and reader in caught.recipients
        ]

    def digest(self, name: str, kind: str) -> Any:
        """The digest that one of its readers was given."""
        [found] = [
            Message.parse(caught.content)
            for caught in self.server.transactions
            if f"{name}-{kind}@example.org" in caught.recipients
        ]
        return found


@pytest.fixture(scope="module")
def nameserver() -> Iterator[Nameserver]:
    with Nameserver() as nameserver:
        publish(nameserver, RSA, "rsa", "example.com")
        publish(nameserver, ED25519, "ed", "example.com")
        yield nameserver


@pytest.fixture(scope="module")
def engine(
    tmp_path_factory: pytest.TempPathFactory, nameserver: Nameserver
) -> Iterator[RunningEngine]:
    """An engine with everything switched on, and the lists."""
    engine = sending_engine(Path(tmp_path_factory.mktemp("m")))
    engine.set("dmarc", **nameserver.settings())
    engine.set("ARC", enabled="yes", privkey=RSA, selector="rsa", domain="example.com")
    engine.set("antispam", header_checks="Subject: no such subject\n  X-Spam-Flag: ^yes")
    engine.set(
        "mmcore",
        hold_digest="yes",
        check_max_size_on_filtered_message="yes",
        filter_report="yes",
        max_autoresponses_per_day="0",
    )
    for name in ("prototype", "mbox"):
        engine.set(f"archiver.{name}", enable="yes")
    engine.start()
    for name, values in LISTS.items():
        make_list(engine, name, values)
    yield engine
    engine.stop()


def make_list(engine: RunningEngine, name: str, values: dict[str, Any]) -> None:
    """A list with the author, and readers of posts and of both kinds of digests."""
    folder = engine.var / "templates" / "lists" / f"{name}.example.com" / "en"
    folder.mkdir(parents=True)
    footer = "" if name == "plain" else "Grüße von $listname\n$mbox_url\n"
    (folder / "list.member.regular.footer.txt").write_text(footer)
    if name in ("wrapped", "munged"):
        (folder / "list.member.regular.header.txt").write_text("Über $display_name\n")
    readers = [f"{name}-{kind}@example.org" for kind in ("posts", "mime", "plain")]
    engine.create_list(f"{name}@example.com", [AUTHOR, *readers])
    path = f"/lists/{name}.example.com"
    answers = [engine.rest("PATCH", f"{path}/config", **values)] if values else []
    topics = {"enabled": True, "body_lines": 5, "topics": TOPICS}
    answers.append(engine.rest_json("PUT", f"{path}/topics", topics))
    for header, pattern in HEADER_MATCHES:
        match = {"header": header, "pattern": pattern, "action": "hold"}
        answers.append(engine.rest("POST", f"{path}/header-matches", **match))
    for reader, preference in (
        (AUTHOR, {"acknowledge_posts": "yes"}),
        (readers[1], {"delivery_mode": "mime_digests"}),
        (readers[2], {"delivery_mode": "plaintext_digests"}),
    ):
        answers.append(engine.rest("PATCH", f"/addresses/{reader}/preferences", **preference))
    assert {status for status, _ in answers} <= {201, 204}, answers


@pytest.fixture(scope="module")
def sent(engine: RunningEngine) -> Iterator[Sent]:
    """Everything is sent, and all that is to be done about it is done."""
    with smarthost_of(engine) as server:
        server.extensions = ("PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 100000000")
        sent = Sent(engine, server)
        for content in CORPUS.values():
            sent.send(content, [*LISTS, *MAILBOXES])
        sent.send(CORPUS["smtputf8"], [*LISTS, *MAILBOXES], "jürgen@müßig.example")
        sent.contents = [*CORPUS.values(), CORPUS["smtputf8"]]
        sent.settle()
        yield sent


class TestMalformedMail:
    def test_nothing_is_refused_and_nothing_goes_aside(self, sent):
        assert sent.refused == []
        assert (sent.engine.queue("shunt"), sent.engine.queue("bad")) == (0, 0)
        assert sent.logged(COMPLAINTS) == []

    def test_every_message_is_accounted_for(self, sent):
        decisions = sent.decisions()
        # More if a transaction was repeated.
        assert decisions.total() >= sent.judged
        assert decisions["OWNER"] >= len(sent.contents)
        paths = [f"/lists/{name}.example.com/held/count" for name in LISTS]
        held = sum(sent.engine.rest("GET", path)[1]["count"] for path in paths)
        assert decisions["HOLD"] >= held > 50
        filtered = sent.logged("(DISCARD|REJECT): .* by handler mime-delete ")
        stopped = len(LISTS) * len(sent.contents) - sum(map(sent.accepted, LISTS)) - held
        assert decisions["DISCARD"] + decisions["REJECT"] + len(filtered) >= stopped > 0
        assert sent.logged("(DISCARD|HOLD): .*[:;] n/a$") == []

    @pytest.mark.parametrize("name", LISTS)
    def test_what_is_accepted_is_delivered_and_archived_once(self, sent, name):
        count = sent.accepted(name)
        assert len(sent.posts(name)) == count
        archives = sent.engine.var / "archives"
        # Posts of which an anonymous list has made the same message, and that came in the same
        # second, are one for an archive.
        different = {
            (each["message-id"], each["subject"], each.body_bytes()) for each in sent.posts(name)
        }
        if count:
            folder = archives / "prototype" / f"{name}@example.com"
            kept = list(mailbox.Maildir(folder, create=False))
            assert len(different) <= len(kept) <= count
            assert all(msg["message-id-hash"] for msg in kept)
        in_boxes = 0
        for path in (archives / "mbox" / f"{name}@example.com").glob("*.mbox"):
            box = mailbox.mbox(path, create=False)
            in_boxes += len(box)
            box.close()
        assert len(different) <= in_boxes <= count

    def test_most_is_accepted_where_everything_is(self, sent):
        # What has no subject, or is a digest that somebody answers, is for moderators.
        for name in ("plain", "filtered", "anonymous", "munged", "wrapped"):
            assert sent.accepted(name) > 50
        assert sent.accepted("refusing") == 0

    def test_bodies_are_those_that_were_sent(self, sent):
        # What has no last line end gets one from LMTP.
        whole = [each if each.endswith(b"\r\n") else each + b"\r\n" for each in sent.contents]
        bodies = Counter(as_sent(read_arriving(each).body_bytes()) for each in whole)
        given = Counter(each.body_bytes() for each in sent.posts("plain"))
        assert given - bodies == Counter()
        assert given.total() > 0.9 * bodies.total()

    def test_signature_of_the_author_still_holds(self, sent, nameserver):
        [post] = [
            each for each in sent.posts("plain") if each["message-id"] == "<dkim@example.com>"
        ]
        fields = [name for name, value in post.items() if name == "DKIM-Signature"]
        assert len(fields) == 2
        assert holds(post.as_bytes(), nameserver, 0)
        assert holds(post.as_bytes(), nameserver, 1)

    def test_everything_that_leaves_is_proper_mail(self, sent):
        for caught in sent.server.transactions:
            msg = Message.parse(caught.content)
            assert msg.as_bytes() == caught.content
            assert not re.search(rb"\r(?!\n)|(?<!\r)\n", caught.content)
            assert msg["message-id"]

    def test_digests_of_it_can_be_read(self, sent):
        for name in ("plain", "munged"):
            path = f"/lists/{name}.example.com/digest"
            assert sent.engine.rest("POST", path, send="yes")[0] == 202
        until(lambda: sent.engine.queue("digest") == 0)
        sent.settle()
        for name in ("plain", "munged"):
            count = sent.accepted(name)
            [posts] = [
                part
                for part in sent.digest(name, "mime").get_payload()
                if part.get_content_type() == "multipart/digest"
            ]
            assert len(posts.get_payload()) == count
            assert {part.get_content_type() for part in posts.get_payload()} == {"message/rfc822"}
            # After the posts there is a footer.
            assert len(undigest(text_of(sent.digest(name, "plain"))).posts) == count + 1
        assert sent.engine.queue("shunt") == 0

    def test_what_is_held_can_be_looked_at_and_accepted(self, sent):
        path = "/lists/stock.example.com/held"
        held = sent.engine.rest("GET", path)[1]["entries"]
        before = sent.accepted("stock")
        for each in held:
            status, shown = sent.engine.rest("GET", f"{path}/{each['request_id']}")
            assert (status, shown["request_id"]) == (200, each["request_id"])
            status, _ = sent.engine.rest("POST", f"{path}/{each['request_id']}", action="accept")
            assert status == 204
        sent.settle()
        until(lambda: sent.accepted("stock") == before + len(held))
        sent.settle()
        assert len(held) > 20
        assert len(sent.posts("stock")) == before + len(held)
        assert (sent.engine.queue("shunt"), sent.engine.queue("bad")) == (0, 0)
        assert sent.logged(COMPLAINTS) == []

    def test_thirty_megabytes(self, sent):
        content = large(30_000_000)
        sent.send(content, ["plain", "stock", "munged-owner"])
        body = read_arriving(content).body_bytes()
        until(lambda: sent.posts("plain")[-1].body_bytes() == body, PATIENCE)
        until(lambda: sent.logged("HOLD: stock@.*too large"), PATIENCE)
        sent.settle()
        assert sent.refused == []
        assert (sent.engine.queue("shunt"), sent.engine.queue("bad")) == (0, 0)
