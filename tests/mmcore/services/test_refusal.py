"""The notice that a request was refused."""

from __future__ import annotations

from mmcore.services.refusal import tell_refused
from tests.support.queues import queued


def sent(engine, site):
    (item,) = queued(engine, site, "virgin")
    return item


class TestTellRefused:
    def test_it_says_what_was_refused_and_why(self, engine, site, mlist):
        tell_refused(engine, mlist, "anne@example.com", "The wish", "Because I can.")
        msg, msgdata = sent(engine, site)
        assert msg["from"] == "test-bounces@example.com"
        assert msg["to"] == "anne@example.com"
        assert msg["auto-submitted"] == "auto-generated"
        assert "Test" in msg.subject_text
        assert msgdata["recipients"] == ["anne@example.com"]
        assert msgdata["listid"] == "test.example.com"
        text = msg.get_payload()
        assert "\r\n    The wish\r\n" in text
        assert "\r\nBecause I can.\r\n" in text
        assert "test-owner@example.com" in text

    def test_without_a_reason_it_says_so(self, engine, site, mlist):
        tell_refused(engine, mlist, "anne@example.com", "The wish", "")
        assert "[No reason given]" in sent(engine, site)[0].get_payload()

    def test_long_reasons_are_wrapped(self, engine, site, mlist):
        tell_refused(engine, mlist, "anne@example.com", "The wish", "word " * 40)
        lines = sent(engine, site)[0].get_payload().splitlines()
        assert all(len(line) <= 75 for line in lines)

    def test_it_is_in_the_language_asked_for(self, engine, site, mlist):
        tell_refused(engine, mlist, "anne@example.com", "Der Wunsch", "Darum.", "de")
        assert "abgelehnt" in sent(engine, site)[0].get_payload()
