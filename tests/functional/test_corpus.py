"""Every strange message goes through a whole engine, to lists that do everything to it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcore.message.message import Message
from tests.mmcore.message.samples import SAMPLES
from tests.support.engine import RunningEngine, free_port, until
from tests.support.lists import MOVING
from tests.support.malformed import MALFORMED
from tests.support.smtpd import ScriptedServer

AUTHOR = "anne@example.org"
CORPUS = SAMPLES | MALFORMED
#: No SIZE: this server takes anything.
EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")

EVERYBODY = {
    "default_nonmember_action": "accept",
    "administrivia": "false",
    "require_explicit_destination": "false",
    "max_message_size": "0",
    "max_num_recipients": "0",
    "admin_immed_notify": "false",
    "respond_to_post_requests": "false",
    "digests_enabled": "true",
    "digest_size_threshold": "200",
}
FILTER = {
    "filter_content": "true",
    "filter_types": ["image", "application/ms-tnef"],
    "filter_extensions": ["exe", "dat"],
    "collapse_alternatives": "true",
    "convert_html_to_plaintext": "true",
}
#: Lists by name, and what differs from EVERYBODY.
LISTS: dict[str, dict[str, object]] = {
    "plain": {"subject_prefix": "", "digests_enabled": "false"},
    "filtered": FILTER
    | {
        "subject_prefix": "[Tëst %05d] ",
        "personalize": "full",
        "reply_goes_to_list": "point_to_list",
        "first_strip_reply_to": "true",
        "description": "Größe, “und” so",
        "autorespond_postings": "respond_and_continue",
        "autoresponse_postings_text": "Danke für $list_name",
    },
    "strict": FILTER
    | {
        "pass_types": ["multipart", "text/plain", "message/rfc822"],
        "pass_extensions": ["txt"],
        "preferred_language": "de",
    },
    "anonymous": {
        "anonymous_list": "true",
        "reply_goes_to_list": "explicit_header_only",
        "reply_to_address": "office@example.org",
        "personalize": "individual",
    },
    "munged": FILTER
    | {
        "dmarc_mitigate_action": "munge_from",
        "dmarc_mitigate_unconditionally": "true",
        "display_name": "Munged & Co.",
    },
    "wrapped": {
        "dmarc_mitigate_action": "wrap_message",
        "dmarc_mitigate_unconditionally": "true",
        "dmarc_wrapped_message_text": "This is «wrapped».",
        "subject_prefix": "[W %d]",
    },
    "careful": {
        "default_nonmember_action": "hold",
        "administrivia": "true",
        "require_explicit_destination": "true",
        "max_message_size": "10",
        "max_num_recipients": "5",
        "respond_to_post_requests": "true",
        "admin_immed_notify": "true",
    },
}
MEMBERS = {"regular": "regular", "mime": "mime_digests", "plain": "plaintext_digests"}
#: Footers and headers, with words of every kind.
TEXTS = {
    "header": "Grüße von $list_name\n",
    "footer": "-- \n$display_name — 日本 $prototype_url\n",
}


class House:
    """The engine, its lists and the server that it sends to."""

    def __init__(self, directory: Path) -> None:
        self.engine = RunningEngine(directory, smtp=free_port(), max_recipients=500)
        self.engine.set("mmcore", filter_report="yes", hold_digest="yes", max_message_bytes="64MB")
        # Nobody answers there, and nobody else is asked.
        self.engine.set("dmarc", nameservers="127.0.0.1", nameserver_port=free_port())
        self.engine.set("dmarc", resolver_timeout="0.2s", resolver_lifetime="0.2s")
        for name in ("prototype", "mbox"):
            self.engine.set(f"archiver.{name}", enable="yes")
        found = re.search(r"smtp_port = (\d+)", self.engine.config.read_text())
        assert found is not None
        self.server = ScriptedServer(EXTENSIONS, port=int(found[1]))
        folder = self.engine.var / "templates" / "site" / "en"
        folder.mkdir(parents=True)
        for name, text in TEXTS.items():
            (folder / f"list.member.regular.{name}.txt").write_text(text, encoding="utf-8")

    def create(self, name: str, values: dict[str, object]) -> None:
        """A list with a member of each delivery mode, and the author."""
        self.engine.create_list(f"{name}@example.com", [AUTHOR])
        list_id = f"{name}.example.com"
        for member, mode in MEMBERS.items():
            status, answer = self.engine.rest(
                "POST", "/members", list_id=list_id, subscriber=f"{name}-{member}@example.org",
                pre_verified="true", pre_confirmed="true", pre_approved="true",
                send_welcome_message="false", delivery_mode=mode,
            )  # fmt: skip
            assert status == 201, answer
        values = EVERYBODY | values
        status, answer = self.engine.rest("PATCH", f"/lists/{list_id}/config", **values)
        assert status == 204, answer

    def topics(self, name: str) -> None:
        """Have a list look for topics everywhere."""
        topics = [{"name": "Ä", "pattern": "hello|grü"}, {"name": "b", "pattern": r"\S+"}]
        status, answer = self.engine.rest_json(
            "PATCH",
            f"/lists/{name}.example.com/topics",
            {"enabled": True, "body_lines": -1, "topics": topics},
        )
        assert status == 204, answer

    def header_matches(self, name: str) -> None:
        """Have a list compare fields with patterns."""
        for header, pattern in (("subject", r"(a+)+\?$"), ("received", ".*spam.*")):
            path = f"/lists/{name}.example.com/header-matches"
            values = {"header": header, "pattern": pattern, "action": "hold"}
            status, answer = self.engine.rest("POST", path, **values)
            assert status == 201, answer

    def post(self, content: bytes, names: list[str]) -> list[tuple[int, bytes]]:
        """Send a message over LMTP; returns the replies that are refusals."""
        with self.engine.lmtp() as session:
            session.ehlo_or_helo_if_needed()
            replies = [session.mail(AUTHOR, ["BODY=8BITMIME"])]
            replies += [session.rcpt(f"{name}@example.com") for name in names]
            replies.append(session.data(content))
            # One for each recipient (RFC 2033, section 4.2).
            replies += [session.getreply() for _ in names[1:]]
        return [reply for reply in replies if reply[0] != 250]

    def settle(self) -> None:
        """Wait until nothing is on its way."""
        moving = (*MOVING, "archive")

        def rest() -> int:
            queues = self.engine.rest("GET", "/queues")[1]["entries"]
            return sum(queue["count"] for queue in queues if queue["name"] in moving)

        until(lambda: rest() == 0, 240, "mail is stuck")

    def aside(self) -> dict[str, int]:
        """How much was set aside."""
        return {name: self.engine.queue(name) for name in ("shunt", "bad")}

    def lines(self, pattern: str) -> list[str]:
        """What a pattern finds in the log."""
        return re.findall(pattern, self.engine.log())

    def held(self, name: str) -> list[dict]:
        """What moderators have to decide."""
        return self.engine.rest("GET", f"/lists/{name}.example.com/held")[1].get("entries", [])

    def copies(self, name: str) -> int:
        """How many posts the regular member of a list was given."""
        address = f"{name}-regular@example.org"
        return sum(
            caught.recipients.count(address)
            for caught in self.server.transactions
            if caught.sender == f"{name}-bounces@example.com"
        )


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(Path(tmp_path_factory.mktemp("c")))
    with house.server:
        house.engine.start()
        try:
            for name, values in LISTS.items():
                house.create(name, values)
            house.topics("anonymous")
            house.header_matches("careful")
            yield house
        finally:
            house.engine.stop()


@pytest.fixture(scope="module")
def sent(house: House) -> tuple[House, Counter[str]]:
    """The house when the whole corpus has gone through it, and what was refused."""
    refused = Counter[str]()
    for name, content in CORPUS.items():
        refused.update({name: len(house.post(content, [*LISTS, "plain-owner"]))})
    # What was taken in is not in a queue at once.
    until(lambda: house.copies("plain") + len(house.held("plain")) == len(CORPUS), 240)
    house.settle()
    return house, +refused


class TestCorpus:
    def test_nothing_is_refused(self, sent):
        assert sent[1] == Counter()

    def test_nothing_is_set_aside(self, sent):
        assert sent[0].aside() == {"shunt": 0, "bad": 0}, sent[0].engine.log()[-5000:]

    def test_no_part_had_to_be_skipped(self, sent):
        assert sent[0].lines(r"((?:rule|handler) \S+ skipped for .*)") == []

    def test_every_post_was_delivered_or_held_or_filtered_away(self, sent):
        house = sent[0]
        filtered = {}
        for name, values in LISTS.items():
            held = house.held(name)
            assert all(each["reason"] for each in held)
            filtered[name] = len(CORPUS) - house.copies(name) - len(held)
            if "filter_content" not in values:
                assert filtered[name] == 0, name
        # A line may be there twice, if two processes got into each other's way.
        reasons = house.lines(r"DISCARD: .* by handler mime-delete of .*: (.+)")
        assert 0 < sum(filtered.values()) <= len(reasons)
        assert house.lines(r"DISCARD: (?!.* by handler mime-delete)|REJECT: ") == []
        assert len(set(house.lines("OWNER: (.*)"))) > 0.5 * len(CORPUS)

    def test_what_was_held_is_delivered_when_it_is_accepted(self, sent):
        house = sent[0]
        assert len(house.held("careful")) > 50
        for name in LISTS:
            for each in house.held(name):
                path = f"/lists/{name}.example.com/held/{each['request_id']}"
                assert house.engine.rest("POST", path, action="accept")[0] == 204
        house.settle()
        for name, values in LISTS.items():
            assert house.held(name) == []
            assert house.copies(name) > 0.8 * len(CORPUS)
            assert "filter_content" in values or house.copies(name) == len(CORPUS)
        assert house.aside() == {"shunt": 0, "bad": 0}
        assert house.lines(r"((?:rule|handler) \S+ skipped for .*)") == []

    def test_digests_went_out(self, sent):
        house = sent[0]
        for member in ("mime", "plain"):
            address = f"wrapped-{member}@example.org"
            assert any(address in caught.recipients for caught in house.server.transactions)

    def test_what_left_is_proper_mail(self, sent):
        for caught in sent[0].server.transactions:
            msg = Message.parse(caught.content)
            assert msg.as_bytes() == caught.content
            assert not re.search(rb"\r(?!\n)|(?<!\r)\n", caught.content)


class TestLargeMessage:
    def test_thirty_megabytes_reach_every_list(self, house):
        attachment = os.urandom(3 * 2**20).hex().encode() * 5
        lines = b"\r\n".join(attachment[at : at + 76] for at in range(0, len(attachment), 76))
        content = (
            b"From: anne@example.org\r\nTo: plain@example.com\r\nSubject: large\r\n"
            b"Message-ID: <large@example.org>\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: multipart/mixed; boundary=large\r\n\r\n"
            b"--large\r\n\r\nHello.\r\n--large\r\n"
            b"Content-Type: application/zip; name=large.zip\r\n"
            b"Content-Transfer-Encoding: base64\r\n\r\n" + lines + b"\r\n--large--\r\n"
        )
        assert len(content) > 30 * 2**20
        names = ["plain", "filtered", "anonymous", "munged"]
        before = {name: house.copies(name) for name in names}
        assert house.post(content, names) == []
        until(lambda: all(house.copies(name) > before[name] for name in names), 240)
        house.settle()
        assert [house.copies(name) - before[name] for name in names] == [1, 1, 1, 1]
        assert house.aside() == {"shunt": 0, "bad": 0}
        [content] = [
            caught.content
            for caught in house.server.transactions
            if caught.sender.startswith("plain-") and lines in caught.content
        ]
        assert content.count(lines) == 1
