"""Rehearsals leave nothing outside of the tree, and are a thread's own affair."""

from __future__ import annotations

import pytest

from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.queue.rehearsal import current, rehearsing
from tests.support.messages import message

TEXT = "From: anne@example.com\nSubject: a\n\nHello.\n"


class TestScratch:
    def test_what_is_put_can_be_read_and_is_nowhere(self, engine):
        with rehearsing(engine.content):
            ref = engine.content.put(b"one")
            kept = engine.content.put_kept(b"two")
            engine.content.sync()
            assert engine.content.get(ref) == b"one"
            assert engine.content.get(kept) == b"two"
            assert engine.content.keep(ref) == ref
            assert set(engine.content.references()) == {ref, kept}
            assert engine.content.sweep(set()) == 0
        assert list(engine.content.references()) == []
        with pytest.raises(UnreadableEntryError):
            engine.content.get(ref)

    def test_what_is_stored_can_be_read(self, engine):
        ref = engine.content.put(b"one")
        engine.content.sync()
        with rehearsing(engine.content):
            assert engine.content.get(ref) == b"one"
            assert engine.content.keep(ref) == ref
            assert list(engine.content.references()) == [ref]

    def test_its_name_is_that_of_the_real_one(self, engine):
        writer = engine.content.writer
        with rehearsing(engine.content):
            assert engine.content.writer == writer


class TestEngine:
    def test_queues_work_as_ever(self, engine, session, site):
        with rehearsing(engine.content) as rehearsal:
            mailroom = engine.mailroom(site)
            name = mailroom.enqueue("in", message(TEXT), listid="x")
            assert rehearsal.entries == [("in", name)]
            msg, msgdata = mailroom.load(site.queues["in"].get(name))
            assert (msg["subject"], msgdata["listid"]) == ("a", "x")
        session.abort()
        assert len(session.begin().queues["in"]) == 0
        assert list(engine.content.references()) == []

    def test_nobody_is_woken(self, engine, session, site, monkeypatch):
        woken = []
        monkeypatch.setattr(engine.waker, "wake", woken.append)
        with rehearsing(engine.content) as rehearsal:
            engine.mailroom(site).enqueue("in", message(TEXT))
            rehearsal.waker.wake("in")
            # Even if somebody forgot to give up the transaction.
            session.commit()
        assert woken == []
        session.begin()
        [name] = session.site.queues["in"].names()
        session.site.queues["in"].remove(name)
        session.commit()
        session.begin()

    def test_events_are_noted_instead_of_told(self, engine):
        told = []
        engine.subscribe(told.append)
        with rehearsing(engine.content) as rehearsal:
            engine.notify("event")
            assert rehearsal.events == ["event"]
        engine.notify("another")
        assert told == ["another"]

    def test_it_ends_also_with_an_exception(self, engine):
        with pytest.raises(ZeroDivisionError), rehearsing(engine.content):
            assert engine.rehearsing
            1 / 0  # noqa: B018
        assert current() is None
        assert not engine.rehearsing
