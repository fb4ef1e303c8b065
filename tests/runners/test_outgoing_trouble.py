"""The out runner: one entry, one result or one connection in trouble harms no other."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from ZEO.Exceptions import ServerException

from mmcore.errors import StorageUnavailableError
from mmcore.mta.journal import read_marks
from runners import settlement
from runners.outgoing import OutgoingRunner
from tests.support.engine import until
from tests.support.smtpd import STALL, ScriptedServer

MEMBERS = [f"m{number}@example.org" for number in range(5)]


@pytest.fixture(autouse=True)
def server(settings) -> Iterator[ScriptedServer]:
    """The smarthost."""
    with ScriptedServer() as server:
        settings.mta.smtp_host = "127.0.0.1"
        settings.mta.smtp_port = server.port
        settings.mta.smtp_timeout = timedelta(seconds=5)
        settings.mta.max_recipients = 2
        yield server


@pytest.fixture
def put(enqueue):
    """Put a post for all members into `out`; returns the entry's name."""
    return lambda **msgdata: enqueue("out", **{"recipients": MEMBERS, **msgdata})


def away(*_):
    """What a storage is that has gone away."""
    raise StorageUnavailableError("away")


def empty(runner: OutgoingRunner) -> None:
    """Let it work until there is nothing to do."""
    while runner._iterate():
        continue


class TestEntry:
    @pytest.mark.unsound
    def test_one_that_the_storage_has_lost_goes_to_bad(self, opened, put, vanish, server, session):
        gone = put()
        put()
        runner = opened(OutgoingRunner)
        vanish("out", gone)
        empty(runner)
        assert sorted(server.accepted) == MEMBERS
        session.abort()
        queues = session.begin().queues
        assert (len(queues["out"]), list(queues["bad"])) == (0, [gone])


class TestResult:
    def test_one_that_cannot_be_written_down_goes_to_the_shunt(
        self, opened, put, server, monkeypatch, now_in
    ):
        register = settlement.register

        def sometimes(engine, site, list_id, failure, *args, **keywords):
            if failure.email == MEMBERS[1]:
                raise ValueError("strange")
            return register(engine, site, list_id, failure, *args, **keywords)

        monkeypatch.setattr(settlement, "register", sometimes)
        server.script("RCPT", "550 5.1.1 Nobody", match="<m1@", times=1)
        put()
        put()
        runner = opened(OutgoingRunner)
        empty(runner)
        assert sorted(server.accepted) == sorted([*MEMBERS, *MEMBERS[:1], *MEMBERS[2:]])
        [msgdata] = now_in("shunt")
        assert msgdata["recipients"] == [MEMBERS[1]]
        assert now_in("out") == []
        assert runner.jobs == {}

    def test_who_is_given_up_is_noted_as_that_though_the_storage_went_away_meanwhile(
        self, opened, put, server, monkeypatch, session, now_in
    ):
        runner = opened(OutgoingRunner)
        commit, failures = runner.session.commit, iter([True])

        def sometimes():
            if next(failures, False):
                raise ConnectionError("away")
            commit()

        monkeypatch.setattr(runner.session, "commit", sometimes)
        server.script("RCPT", "450 4.2.1 Busy", match="<m3@")
        put(deliver_until=time.time() - 1)
        empty(runner)
        now_in("out")
        [event] = session.site.bounce_events.values()
        assert (event.email, event.source) == (MEMBERS[3], "gave-up")


class TestStorage:
    def test_it_need_not_be_there_when_the_runner_ends(self, opened, put, server, monkeypatch):
        name = put()
        runner = opened(OutgoingRunner)
        runner.admit()
        until(lambda: len(server.accepted) == len(MEMBERS))
        monkeypatch.setattr(runner.session, "run", away)
        runner.close()
        monkeypatch.setattr(runner, "close", lambda: None)
        assert sorted(read_marks(runner.path)[name].done) == [0, 1, 2, 3, 4]

    def test_a_stalled_connection_holds_up_nobody_while_it_is_away(
        self, opened, put, server, monkeypatch
    ):
        server.script("DOT", STALL, times=1)
        for _ in range(5):
            put()
        runner = opened(OutgoingRunner)
        runner.admit()
        monkeypatch.setattr(runner.session, "run", away)
        monkeypatch.setattr(runner.session, "begin", away)
        begun = time.monotonic()
        while time.monotonic() < begun + 3 and len(server.accepted) < 23:
            runner._iterate()
        assert len(server.accepted) == 23
        server.hang_up()
        monkeypatch.undo()
        empty(runner)


class TestFullDisk:
    def test_the_storage_may_have_one(self, opened, put, server, monkeypatch, now_in):
        runner = opened(OutgoingRunner)
        commit, failures = runner.session.commit, iter([True])

        def sometimes():
            if next(failures, False):
                # As it comes from the server of the storage.
                raise ServerException("builtins.OSError", (errno.ENOSPC, "No space left"))
            commit()

        monkeypatch.setattr(runner.session, "commit", sometimes)
        put()
        empty(runner)
        assert sorted(server.accepted) == MEMBERS
        assert now_in("out") == []

    def test_it_begins_when_there_is_room(self, opened, put, server, monkeypatch, capsys):
        put()
        allocate = os.posix_fallocate

        def full(*_):
            raise OSError(errno.ENOSPC, "No space left on device")

        def room_is_made(*_):
            monkeypatch.setattr(os, "posix_fallocate", allocate)

        monkeypatch.setattr(os, "posix_fallocate", full)
        monkeypatch.setattr(OutgoingRunner, "wait", room_is_made)
        runner = opened(OutgoingRunner)
        monkeypatch.undo()
        empty(runner)
        assert sorted(server.accepted) == MEMBERS
        assert "trying on" in capsys.readouterr().err


class TestConnections:
    def test_one_that_is_turned_away_leaves_the_work_to_others(self, opened, put, server, now_in):
        server.delay = 0.01
        server.script("CONNECT", "421 4.7.0 Too many connections", skip=1)
        for number in range(60):
            put(recipients=[f"r{number}@example.org"])
        empty(opened(OutgoingRunner))
        assert server.connections > 1
        assert len(server.accepted) == 60
        assert now_in("retry") == []


class TestStall:
    def test_a_stalled_connection_holds_up_no_backlog(
        self, opened, put, server, settings, monkeypatch
    ):
        monkeypatch.setattr("runners.admission._MOST_ENTRIES", 20)
        monkeypatch.setattr("runners.admission._MOST_READ", 10)
        server.script("DOT", STALL, times=1)
        for number in range(60):
            put(recipients=[f"r{number}@example.org"])
        runner = opened(OutgoingRunner)
        begun = time.monotonic()
        while time.monotonic() < begun + 3 and len(server.accepted) < 59:
            runner._iterate()
        assert len(server.accepted) == 59
        server.hang_up()
