"""Probes: does the address take mail?"""

from __future__ import annotations

import pytest

from mmcore.interfaces.bounce import BounceContext
from mmcore.interfaces.member import DeliveryStatus
from mmcore.services.bounce_events import Failure
from mmcore.services.bounce_probes import probe_failed, send_probe
from mmcore.services.verp import probe_tokens
from tests.support.bounces import GONE, Weather
from tests.support.messages import message
from tests.support.queues import queued

EMAIL = "aperson@example.com"


@pytest.fixture
def weather(engine, site, monkeypatch):
    return Weather(engine, site, monkeypatch)


@pytest.fixture
def event(weather, mlist, anne):
    return weather.fail(mlist, EMAIL, message_id="<first>")


class TestSending:
    def test_a_probe_has_a_sender_of_its_own(self, engine, site, anne, event):
        token = send_probe(engine, anne, event)
        ((probe, msgdata),) = queued(engine, site, "virgin")
        sender = f"test-bounces+{token}@example.com"
        assert (probe["from"], msgdata["sender"]) == (sender, sender)
        assert probe["to"] == f"Anne Person <{EMAIL}>"
        assert msgdata["recipients"] == [EMAIL]
        assert (msgdata["probe_token"], msgdata["verp"]) == (token, False)

    def test_what_comes_back_to_it_is_recognised(self, engine, settings, site, mlist, anne, event):
        token = send_probe(engine, anne, event)
        ((_, msgdata),) = queued(engine, site, "virgin")
        report = message(f"To: {msgdata['sender']}\n\nNo.\n")
        assert probe_tokens(settings, mlist, report) == [token]

    def test_the_token_stands_for_the_member_and_the_message(self, engine, site, anne, event):
        pendable = site.pendings.get(send_probe(engine, anne, event))
        assert pendable["type"] == "probe"
        assert (pendable["member_id"], pendable["message_id"]) == (anne.member_id, "<first>")

    def test_it_is_written_in_the_language_of_the_reader(self, engine, site, anne, event):
        anne.preferences.preferred_language = "de"
        send_probe(engine, anne, event)
        ((probe, _),) = queued(engine, site, "virgin")
        text = probe.get_payload(decode=True).decode()
        assert "Post annimmt" in " ".join(text.split())

    def test_the_report_is_attached(self, engine, site, weather, mlist, anne):
        content = engine.content.put(b"Subject: failed\r\n\r\nNo such user.\r\n")
        send_probe(engine, anne, weather.fail(mlist, EMAIL, source="report", content=content))
        ((probe, _),) = queued(engine, site, "virgin")
        assert probe.get_content_type() == "multipart/mixed"
        assert b"No such user." in probe.as_bytes()


class TestFailing:
    def test_a_probe_that_is_refused_is_an_event_of_its_member(
        self, engine, site, weather, anne, event
    ):
        token = send_probe(engine, anne, event)
        failed = probe_failed(engine, site, token, Failure("any@example.org", *GONE))
        assert (failed.email, failed.context) == (EMAIL, BounceContext.probe)
        assert (failed.code, failed.source, failed.message_id) == (550, "probe", "<first>")
        weather.weigh()
        assert anne.delivery_status is DeliveryStatus.by_bounces

    def test_a_token_is_good_for_one_failure(self, engine, site, anne, event):
        token = send_probe(engine, anne, event)
        assert probe_failed(engine, site, token, Failure(EMAIL, *GONE)) is not None
        assert probe_failed(engine, site, token, Failure(EMAIL, *GONE)) is None
        assert probe_failed(engine, site, "nonsense", Failure(EMAIL, *GONE)) is None

    def test_a_member_who_has_gone_has_no_failures(self, engine, site, anne, event):
        token = send_probe(engine, anne, event)
        anne.unsubscribe()
        assert probe_failed(engine, site, token, Failure(EMAIL, *GONE)) is None
