"""Whoever did not get a message is noted, with the cause."""

from __future__ import annotations

import time

import pytest

from mmcore.interfaces.bounce import BounceCause, BounceContext
from mmcore.services.bounce_events import Failure, register

GONE = Failure("Anne@Example.org", 550, "5.1.1", "User unknown")


class TestRegister:
    def test_the_event_says_all_that_is_known(self, engine, site):
        event = register(
            engine, site, "ant.example.com", GONE, message_id="<x@y>", source="report",
            content="s:a:0:1",
        )  # fmt: skip
        assert site.bounce_events.values() == [event]
        assert (event.list_id, event.email) == ("ant.example.com", "anne@example.org")
        assert (event.code, event.enhanced, event.text) == (550, "5.1.1", "User unknown")
        assert (event.message_id, event.source, event.content) == ("<x@y>", "report", "s:a:0:1")
        assert event.cause is BounceCause.mailbox_gone
        assert event.context is BounceContext.normal

    def test_the_context_counts_for_the_cause(self, engine, site):
        event = register(engine, site, "ant.example.com", GONE, BounceContext.complaint)
        assert event.cause is BounceCause.complaint

    @pytest.mark.parametrize("email", ["", "anne", "x y@example.org", "anne@b\udcffc.example"])
    def test_nobody_is_noted_for_what_is_no_address(self, engine, site, email):
        assert register(engine, site, "ant.example.com", Failure(email, 550)) is None
        assert len(site.bounce_events) == 0

    def test_nobody_is_noted_without_a_list(self, engine, site):
        assert register(engine, site, "", GONE) is None
        assert len(site.bounce_events) == 0

    def test_texts_stay_short_and_in_one_line(self, engine, site):
        failure = Failure("anne@example.org", text="a\r\nb" + "x" * 5000)
        event = register(engine, site, "ant.example.com", failure)
        assert len(event.text) == 1000
        assert event.text.startswith("a bxx")

    def test_the_runner_is_woken_when_it_is_stored(self, engine, session, monkeypatch):
        woken = []
        monkeypatch.setattr(engine.waker, "wake", woken.append)
        register(engine, session.site, "ant.example.com", GONE)
        register(engine, session.site, "ant.example.com", GONE)
        assert woken == []
        session.commit()
        assert woken == ["bounces"]

    def test_ten_thousand_are_noted_in_no_time(self, engine, session):
        started = time.process_time()
        for number in range(10_000):
            text = f"<u{number}@example.org>: Recipient address rejected: User unknown"
            failure = Failure(f"u{number}@example.org", 550, "5.1.1", text)
            register(engine, session.site, "ant.example.com", failure, message_id="<x@y>")
        session.commit()
        assert time.process_time() - started < 3
        session.begin()
