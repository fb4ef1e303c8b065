"""Complaint reports say what is complained of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.feedback import read_feedback
from mmcore.message.message import Message
from mmcore.message.originals import original_of
from tests.mmcore.message.samples import SAMPLES
from tests.support.failure_reports import complaint, failed, report
from tests.support.malformed import MALFORMED
from tests.support.messages import message

POST = "From: a@example.com\nMessage-ID: <post@example.com>\n\nHello.\n"


class TestFeedback:
    def test_its_kind_its_fields_and_the_message(self):
        fields = "Original-Rcpt-To: <b@example.com>\nOriginal-Rcpt-To: <c@example.com>\n"
        feedback = read_feedback(complaint(POST, kind="Abuse", fields=fields))
        assert (feedback.kind, feedback.is_complaint) == ("abuse", True)
        assert feedback.get_all("original-rcpt-to") == ["<b@example.com>", "<c@example.com>"]
        assert feedback.get_all("nope") == []
        assert feedback.enclosed["message-id"] == "<post@example.com>"

    def test_the_header_alone_may_be_enclosed(self):
        feedback = read_feedback(complaint(POST, enclosed_type="text/rfc822-headers"))
        assert feedback.enclosed["message-id"] == "<post@example.com>"

    def test_nothing_may_be_enclosed(self):
        assert read_feedback(complaint("Hello", enclosed_type="text/plain")).enclosed is None

    @pytest.mark.parametrize("kind", ["virus", "auth-failure", "not-spam", "", "new"])
    def test_reports_that_nobody_complains_in(self, kind):
        assert not read_feedback(complaint(POST, kind=kind)).is_complaint

    def test_other_messages_are_none(self):
        assert read_feedback(message("Subject: Spam\n\nYou!\n")) is None
        assert read_feedback(report(failed())) is None

    @pytest.mark.parametrize("sample", [*SAMPLES, *MALFORMED])
    def test_strange_messages(self, sample):
        msg = Message.parse({**SAMPLES, **MALFORMED}[sample])
        read_feedback(msg)
        original_of(msg)

    @given(st.binary())
    def test_strange_reports(self, data):
        head = complaint(POST).as_bytes().partition(b"Feedback-Type")[0]
        feedback = read_feedback(Message.parse(head + data))
        assert feedback is not None
        assert feedback.kind == feedback.kind.lower()
