"""The checks of the chains doctest, C1 to C8."""

from __future__ import annotations

import pytest

from mmcore.chains.engine import process
from mmcore.interfaces.chain import AcceptEvent, DiscardEvent, HoldEvent, RejectEvent
from tests.support.messages import message
from tests.support.queues import queued

FIRST_HASHES = ("Message-ID-Hash", "X-Message-ID-Hash")
#: Of `first`, without its angle brackets.
FIRST_HASH = "4CMWUN6BHVCMHMDAOSJZ2Q72G5M32MWB"

POSTING_MISSES = [
    "dmarc-mitigation",
    "no-senders",
    "approved",
    "loop",
    "banned-address",
    "emergency",
    "member-moderation",
    "nonmember-moderation",
    "administrivia",
    "implicit-dest",
    "max-recipients",
    "max-size",
    "news-moderation",
    "no-subject",
    "digests",
    "suspicious-header",
]


@pytest.fixture
def msg():
    return message("""\
        From: aperson@example.com
        To: test@example.com
        Subject: My first post
        Message-ID: <first>

        An important message.
        """)


@pytest.fixture
def events(engine):
    heard: list = []
    engine.subscribe(heard.append)
    return heard


class TestBuiltinChains:
    @pytest.mark.parametrize(
        ("name", "description"),
        [
            ("discard", "Discard a message and stop processing."),
            ("reject", "Reject/bounce a message and stop processing."),
            ("hold", "Hold a message and stop processing."),
            ("accept", "Accept a message."),
            ("default-posting-chain", "The built-in moderation chain."),
        ],
    )
    def test_name_and_description_are_as_documented(self, engine, name, description):
        chain = engine.chains[name]
        assert chain.name == name
        assert chain.description == description


class TestDiscard:
    def test_one_event_and_no_mail(self, engine, site, mlist, msg, events):
        process(engine, mlist, msg, {}, "discard")
        (event,) = events
        assert isinstance(event, DiscardEvent)
        assert event.chain.name == "discard"
        assert event.msg is msg
        assert event.mlist is mlist
        for queue in ("virgin", "pipeline", "out", "bad", "shunt"):
            assert queued(engine, site, queue) == []


class TestReject:
    def test_message_goes_back_to_its_author(self, engine, site, mlist, msg, events):
        process(engine, mlist, msg, {}, "reject")
        (event,) = events
        assert isinstance(event, RejectEvent)
        assert event.chain.name == "reject"
        ((bounce, msgdata),) = queued(engine, site, "virgin")
        assert bounce["subject"] == "My first post"
        assert bounce["from"] == "test-owner@example.com"
        assert bounce["to"] == "aperson@example.com"
        assert msgdata["recipients"] == ["aperson@example.com"]
        text = bounce.as_string()
        assert "[No bounce details are available]" in text
        assert (
            "Content-Type: message/rfc822\n"
            "MIME-Version: 1.0\n"
            "\n"
            "From: aperson@example.com\n"
            "To: test@example.com\n"
            "Subject: My first post\n"
            "Message-ID: <first>\n"
            "\n"
            "An important message.\n"
        ) in text


class TestHold:
    def test_moderators_and_author_are_told(self, engine, site, mlist, msg, events):
        process(engine, mlist, msg, {}, "hold")
        (event,) = events
        assert isinstance(event, HoldEvent)
        assert event.chain.name == "hold"
        notices = sorted(
            (item[0] for item in queued(engine, site, "virgin")),
            key=lambda notice: notice["to"],
            reverse=True,
        )
        assert len(notices) == 2
        self._is_for_moderators(notices[0])
        self._is_for_author(notices[1])

    def _is_for_moderators(self, notice):
        assert notice["subject"] == (
            "test@example.com post from aperson@example.com requires approval"
        )
        assert notice["from"] == "test-owner@example.com"
        assert notice["to"] == "test-owner@example.com"
        assert notice["mime-version"] == "1.0"
        text, held, stub = notice.get_payload()
        assert text.get_payload(decode=True).decode().replace("\r\n", "\n") == (
            "As list administrator, your authorization is requested for the\n"
            "following mailing list posting:\n"
            "\n"
            "    List:    test@example.com\n"
            "    From:    aperson@example.com\n"
            "    Subject: My first post\n"
            "\n"
            "The message is being held because:\n"
            "\n"
            "    N/A\n"
            "\n"
            "At your convenience, visit your dashboard to approve or deny the\n"
            "request.\n"
        )
        assert held.get_content_type() == stub.get_content_type() == "message/rfc822"
        (original,) = held.get_payload()
        for name in FIRST_HASHES:
            assert original[name] == FIRST_HASH
        assert original.get_payload() == "An important message.\r\n"
        (reply,) = stub.get_payload()
        assert reply["subject"].startswith("confirm ")
        assert len(reply["subject"]) == len("confirm ") + 40
        assert reply["from"] == "test-request@example.com"
        assert reply.get_payload().replace("\r\n", "\n") == (
            "If you reply to this message, keeping the Subject: header intact,\n"
            "Mailman will discard the held message.  Do this if the message is\n"
            "spam.  If you reply to this message and include an Approved: header\n"
            "with the list password in it, the message will be approved for posting\n"
            "to the list.  The Approved: header can also appear in the first line\n"
            "of the body of the reply.\n"
        )

    def _is_for_author(self, notice):
        assert notice["subject"] == "Your message to test@example.com awaits moderator approval"
        assert notice["from"] == "test-bounces@example.com"
        assert notice["to"] == "aperson@example.com"
        assert notice["content-type"] == 'text/plain; charset="us-ascii"'
        assert notice["content-transfer-encoding"] == "7bit"
        assert notice.get_payload().replace("\r\n", "\n") == (
            "Your mail to 'test@example.com' with the subject\n"
            "\n"
            "    My first post\n"
            "\n"
            "Is being held until the list moderator can review it for approval.\n"
            "\n"
            "The message is being held because:\n"
            "\n"
            "    N/A\n"
            "\n"
            "Either the message will get posted to the list, or you will receive\n"
            "notification of the moderator's decision.\n"
        )


class TestAccept:
    def test_message_goes_on_with_the_hash_it_got_when_held(
        self, engine, site, mlist, msg, events
    ):
        process(engine, mlist, msg, {}, "hold")
        process(engine, mlist, msg, {}, "accept")
        assert isinstance(events[-1], AcceptEvent)
        assert events[-1].chain.name == "accept"
        ((accepted, msgdata),) = queued(engine, site, "pipeline")
        assert accepted.as_string() == (
            "From: aperson@example.com\n"
            "To: test@example.com\n"
            "Subject: My first post\n"
            "Message-ID: <first>\n"
            f"Message-ID-Hash: {FIRST_HASH}\n"
            f"X-Message-ID-Hash: {FIRST_HASH}\n"
            "\n"
            "An important message.\n"
        )
        assert msgdata["listid"] == "test.example.com"

    def test_no_rule_headers_when_no_rule_was_asked(self, engine, site, mlist, msg):
        process(engine, mlist, msg, {}, "accept")
        assert "x-mailman-rule-hits" not in msg
        assert "x-mailman-rule-misses" not in msg


class TestPostingChain:
    def test_innocuous_post_of_a_member_is_accepted(self, engine, site, mlist, anne, msg, events):
        process(engine, mlist, msg, {})
        assert isinstance(events[0], AcceptEvent)
        ((accepted, msgdata),) = queued(engine, site, "pipeline")
        assert accepted["x-mailman-rule-misses"] == "; ".join(POSTING_MISSES)
        assert (
            "X-Mailman-Rule-Misses: dmarc-mitigation; no-senders; approved; loop;\n"
            " banned-address; emergency; member-moderation; nonmember-moderation;\n"
            " administrivia; implicit-dest; max-recipients; max-size; news-moderation;\n"
            " no-subject; digests; suspicious-header\n"
        ) in accepted.as_string()
        assert "x-mailman-rule-hits" not in accepted
        assert msgdata["rule_hits"] == []
        assert msgdata["rule_misses"] == POSTING_MISSES
