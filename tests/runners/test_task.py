"""The task runner: what has expired goes, what is needed stays."""

from __future__ import annotations

import os
import time
from datetime import timedelta

import pytest
from ZODB.POSException import POSKeyError

from mmcore.interfaces.auto_response import Response
from mmcore.queue.content import GRACE_SECONDS
from mmcore.services.digests import collect, send
from mmcore.services.moderation import hold_message
from resources.addresses.model import now
from runners.task import TaskRunner
from tests.runners.conftest import POST
from tests.support.messages import message


@pytest.fixture
def runner(opened):
    return opened(TaskRunner)


def age(directory, seconds):
    """Make every file look older."""
    for path in directory.rglob("*"):
        if path.is_file():
            os.utime(path, (time.time() - seconds,) * 2)


class TestMailServer:
    def test_at_the_start_it_is_told_of_all_lists(self, opened, settings, session, mlist):
        settings.mta.incoming = "postfix"
        session.commit()
        opened(TaskRunner).iterate()
        assert "test@example.com" in (settings.paths.data_dir / "postfix_lmtp").read_text()

    def test_what_went_wrong_since_is_mended(self, opened, settings, session, mlist):
        settings.mta.incoming = "exim4"
        session.commit()
        runner = opened(TaskRunner)
        runner.iterate()
        (settings.paths.data_dir / "exim4_lists").unlink()
        runner.tasks_at = 0.0
        runner.iterate()
        assert (settings.paths.data_dir / "exim4_lists").exists()


class TestTask:
    def test_expired_tokens_are_forgotten(self, runner, session):
        kept = session.site.pendings.add({"type": "x"}, timedelta(days=1))
        gone = session.site.pendings.add({"type": "x"}, timedelta(seconds=-1))
        session.commit()
        runner.iterate()
        session.begin()
        assert session.site.pendings.get(kept) is not None
        assert session.site.pendings.get(gone) is None

    def test_posts_that_were_held_for_too_long_are_discarded(
        self, runner, session, mlist, engine, settings
    ):
        settings.mmcore.moderator_request_life = timedelta(days=2)
        mlist.max_days_to_hold = 1
        old, young = (hold_message(engine, mlist, message(POST), {}, []) for _ in range(2))
        session.site.held._by_date.remove((old.list_id, old.hold_date, old.request_id))
        old.hold_date -= timedelta(days=1, seconds=1)
        session.site.held._by_date.add((old.list_id, old.hold_date, old.request_id))
        session.commit()
        runner.iterate()
        session.begin()
        assert [held.request_id for held in session.site.held.values()] == [young.request_id]
        assert session.site.pendings.get(old.token) is None
        assert session.site.pendings.get(young.token) is not None
        assert {young.content} <= set(engine.content.references())

    def test_automatic_answers_of_past_days_are_forgotten(self, runner, session, monkeypatch):
        answers = session.site.auto_responses
        answers.response_sent("a.example.com", "a@example.com", Response.hold, timedelta())
        answers.response_sent("a.example.com", "a@example.com", Response.owner, timedelta(days=9))
        session.commit()
        tomorrow = now() + timedelta(days=1)
        monkeypatch.setattr("resources.auto_responses.model.now", lambda: tomorrow)
        runner.iterate()
        session.begin()
        assert len(session.site.auto_responses) == 1

    def test_old_delivery_records_are_forgotten(self, runner, session, settings):
        settings.mta.ledger_life = timedelta(0)
        session.site.deliveries.record("1.0+a", "<x>", "test.example.com", [], b"")
        session.commit()
        runner.iterate()
        session.begin()
        assert len(session.site.deliveries) == 0

    def test_bounce_events_are_forgotten_some_time_after_they_were_weighed(
        self, runner, session, settings
    ):
        settings.bounces.dsn_lifetime = timedelta(0)
        events = session.site.bounce_events
        weighed, waits = (events.add("a.b.c", f"{name}@example.org") for name in ("a", "b"))
        events.done(weighed, "scored")
        session.commit()
        runner.iterate()
        assert session.begin().bounce_events.values() == [waits]

    def test_the_report_of_a_bounce_stays_as_long_as_the_event(
        self, runner, session, settings, engine
    ):
        reports = [engine.content.put_kept(text) for text in (b"kept", b"forgotten")]
        events = session.site.bounce_events
        for name, content in zip(("a", "b"), reports, strict=True):
            event = events.add("a.b.c", f"{name}@example.org", content=content)
        events.remove(event)
        session.commit()
        age(settings.paths.content_dir, GRACE_SECONDS + 1)
        runner.iterate()
        assert set(engine.content.references()) == {reports[0]}

    def test_content_that_nobody_needs_is_swept(self, runner, enqueue, session, engine, settings):
        name = enqueue("out")
        needed = session.site.queues["out"].get(name).content
        kept, forgotten = engine.content.put_kept(b"kept"), engine.content.put_kept(b"forgotten")
        session.site.queues["shunt"].create("1.0+a", kept, None, {})
        session.commit()
        engine.content.close()
        age(settings.paths.content_dir, GRACE_SECONDS + 1)
        runner.iterate()
        assert {needed, kept} <= set(engine.content.references())
        assert forgotten not in set(engine.content.references())

    def test_work_is_done_when_it_is_due_and_not_at_every_step(
        self, runner, settings, monkeypatch
    ):
        settings.database.pack_keep = timedelta(days=3)
        done = []
        monkeypatch.setattr(runner, "housekeeping", lambda: done.append("tasks"))
        monkeypatch.setattr(runner.database, "pack", lambda days: done.append(days))
        runner.iterate()
        runner.iterate()
        assert done == ["tasks"]
        runner.tasks_at = runner.pack_at = 0
        runner.iterate()
        assert done == ["tasks", "tasks", 3.0]
        assert runner.iterate() is False


class TestDigests:
    @pytest.fixture
    def waiting(self, session, mlist, engine):
        """A list that has been collecting for two days."""
        collect(engine, mlist, message(POST))
        found = session.site.digests.get(mlist.list_id)
        session.site.digests._waiting.clear()
        found.since -= timedelta(days=2)
        session.site.digests._waiting.add((found.since, mlist.list_id))
        found.posts()[0].received_at = found.since
        session.commit()
        return mlist.list_id

    def test_what_has_waited_for_long_is_sent(self, runner, session, waiting, now_in):
        runner.iterate()
        [msgdata] = now_in("digest")
        assert (msgdata["listid"], msgdata["digest_number"]) == (waiting, 1)

    def test_the_site_says_how_long(self, runner, waiting, now_in, settings):
        for every in (timedelta(days=3), timedelta(0)):
            settings.digests.send_periodic_every = every
            runner.iterate()
            assert now_in("digest") == []

    def test_a_list_that_cannot_be_read_is_no_trouble(self, runner, waiting, monkeypatch, caplog):
        def fail(engine, site, list_id, every):
            raise POSKeyError(b"12345678")

        monkeypatch.setattr("runners.task.digests.send_overdue", fail)
        runner.iterate()
        assert f"the digest of {waiting} cannot be sent" in caplog.text

    def test_posts_that_wait_are_kept_and_hold_on_to_no_segment(
        self, runner, session, waiting, engine, settings
    ):
        settings.digests.send_periodic_every = timedelta(0)
        [before] = session.begin().digests.references()
        engine.content.close()
        age(settings.paths.content_dir, GRACE_SECONDS + 1)
        runner.iterate()
        session.abort()
        [after] = session.begin().digests.references()
        assert (before[:2], after[:2]) == ("s:", "k:")
        # Whoever began to read it before finds it until the next time.
        assert {before, after} <= set(engine.content.references())
        runner.housekeeping()
        assert before not in set(engine.content.references())
        assert after in set(engine.content.references())

    def test_an_issue_whose_entry_was_removed_is_forgotten(self, runner, session, waiting, engine):
        site = session.begin()
        send(engine, site.lists.get(waiting))
        site.queues["digest"].remove(site.queues["digest"].names()[0])
        session.commit()
        runner.iterate()
        assert session.begin().digests.issue_ids() == []
