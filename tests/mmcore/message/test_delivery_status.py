"""Delivery status notifications say what became of whom."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.delivery_status import Action, read_recipient, read_statuses
from mmcore.message.message import Message
from tests.mmcore.message.samples import SAMPLES
from tests.support.failure_reports import failed, parsed, report
from tests.support.malformed import MALFORMED
from tests.support.messages import message

FAILED, DELAYED, PASSED = Action.failed, Action.delayed, Action.passed


def one(*blocks, **more):
    [status] = read_statuses(report(*blocks, **more))
    return status


class TestStatuses:
    def test_all_that_a_server_says(self):
        status = one(failed())
        assert status.addresses == ("aperson@example.com",)
        assert (status.action, status.code, status.enhanced) == (FAILED, 550, "5.1.1")
        assert status.text == "550 5.1.1 User unknown"

    def test_each_recipient_has_its_own(self):
        found = read_statuses(
            report(
                failed("a@example.com"),
                failed("b@example.com", "4.4.1", "connection timed out", "delayed"),
                failed("c@example.com", "2.0.0", "250 OK", "delivered"),
            )
        )
        assert [(status.addresses[0], status.action) for status in found] == [
            ("a@example.com", FAILED), ("b@example.com", DELAYED), ("c@example.com", PASSED),
        ]  # fmt: skip
        assert [status.code for status in found] == [550, 0, 250]

    @pytest.mark.parametrize(
        ("action", "status", "meaning"),
        [
            ("failed", "5.0.0", FAILED),
            ("Failed (and how)", "4.4.7", FAILED),
            ("error", "", FAILED),
            ("delayed", "4.4.1", DELAYED),
            ("relayed", "2.0.0", PASSED),
            ("expanded", "", PASSED),
            ("delivered", "2.0.0", PASSED),
            ("", "5.1.1", FAILED),
            ("", "4.2.2", DELAYED),
            ("what", "2.1.5", PASSED),
        ],
    )
    def test_what_was_done(self, action, status, meaning):
        assert one(failed(action=action, status=status)).action is meaning

    def test_nobody_can_tell_what_was_done(self):
        assert read_statuses(report(failed(action="", status=""))) == []

    def test_the_reply_says_more_than_the_status(self):
        status = one(failed(status="5.0.0", said="550-5.7.1 Blocked"))
        assert status.enhanced == "5.7.1"
        assert one(failed(status="5.2.2", said="550 full")).enhanced == "5.2.2"

    def test_without_a_reply_the_comment_counts(self):
        block = "Final-Recipient: rfc822;a@example.com\nAction: failed\n"
        status = one(f"{block}Status: 5.1.1 (bad destination mailbox)\n")
        assert (status.text, status.code, status.enhanced) == (
            "bad destination mailbox",
            0,
            "5.1.1",
        )

    def test_the_reply_of_a_success_is_none_of_a_failure(self):
        assert one(failed(status="5.0.0", said="250 OK")).code == 0

    def test_long_and_folded_replies_are_one_line(self):
        status = one(failed(said="550 User\n\tunknown =?utf-8?q?f=C3=BCr?=\n " + "x " * 2000))
        assert status.text.startswith("550 User unknown für x x")
        assert len(status.text) <= 1000

    def test_the_original_recipient_goes_before_the_one_it_was_forwarded_to(self):
        status = one(
            "Original-Recipient: rfc822;anne@example.com\n" + failed("anne@gmail.example")
        )
        assert status.addresses == ("anne@example.com", "anne@gmail.example")

    def test_recipients_that_no_line_divides(self):
        found = read_statuses(report(failed("a@example.com") + failed("b@example.com")))
        assert [status.addresses[0] for status in found] == ["a@example.com", "b@example.com"]

    def test_a_report_that_is_nothing_but_a_status(self):
        msg = parsed(f"Content-Type: message/delivery-status\n\nReporting-MTA: x\n\n{failed()}")
        [status] = read_statuses(msg)
        assert status.code == 550

    def test_what_is_enclosed_is_about_somebody_else(self):
        inner = report(failed("victim@example.com")).as_string()
        found = read_statuses(
            report(failed(), enclosed=inner.replace('"=_"', "b").replace("--=_", "--b"))
        )
        assert [status.addresses[0] for status in found] == ["aperson@example.com"]

    def test_no_report_at_all(self):
        assert read_statuses(message("Subject: I am away\n\nUntil Monday.\n")) is None

    @pytest.mark.parametrize("sample", [*SAMPLES, *MALFORMED])
    def test_strange_messages(self, sample):
        read_statuses(Message.parse({**SAMPLES, **MALFORMED}[sample]))

    @given(st.binary())
    def test_strange_statuses(self, data):
        head = b"Content-Type: message/delivery-status\r\n\r\n"
        for encoding in (b"", b"Content-Transfer-Encoding: base64\r\n"):
            found = read_statuses(Message.parse(encoding + head + failed().encode() + data))
            assert found is not None


class TestInternational:
    """RFC 6533."""

    STATUS = "message/global-delivery-status"

    def test_addresses_may_be_utf8(self):
        block = failed().replace("rfc822; aperson@example.com", "utf-8; ä@bücher.example")
        status = one(block, status=self.STATUS)
        assert status.addresses == ("ä@bücher.example", "ä@xn--bcher-kva.example")

    @pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
    def test_the_status_may_be_encoded(self, encoding):
        data = f"Reporting-MTA: dns;x\n\n{failed()}"
        if encoding == "base64":
            data = base64.encodebytes(data.encode()).decode()
        msg = parsed(
            f"Content-Type: {self.STATUS}\nContent-Transfer-Encoding: {encoding}\n\n{data}"
        )
        [status] = read_statuses(msg)
        assert status.addresses == ("aperson@example.com",)

    @pytest.mark.parametrize(
        ("value", "addresses"),
        [
            ("rfc822;a@example.com", ["a@example.com"]),
            ("RFC822 ; <a@example.com>", ["a@example.com"]),
            ("rfc822; Anne <a@example.com> (who?)", ["a@example.com"]),
            ("rfc822;a+2Bb@example.com", ["a+2Bb@example.com", "a+b@example.com"]),
            (r"utf-8;\x{E4}@example.com", ["ä@example.com"]),
            (r"utf-8;\x{D800}@example.com", ["\ufffd@example.com"]),
            ("<a@example.com>", ["a@example.com"]),
            ("a@example.com", []),
            ("x400;/c=de/s=a", []),
            ("rfc822;nobody", []),
            ("rfc822;", []),
            ("", []),
        ],
    )
    def test_ways_to_write_an_address(self, value, addresses):
        assert read_recipient(value) == addresses

    @given(st.text())
    def test_strange_addresses(self, text):
        read_recipient(text)
        assert all("@" in address for address in read_recipient(f"utf-8;{text}"))
