"""The loop that runners share: what it does with entries, faults and signals."""

from __future__ import annotations

import os
import signal
import socket
import threading

import pytest
from ZODB.POSException import ConflictError

from mmcore.database import Database
from mmcore.errors import StorageUnavailableError
from runners.base import CannotListenError, QueueRunner, Runner


class Working(QueueRunner):
    """Empties `in`; what it does is said by the test."""

    name = "in"
    queue = "in"
    work = staticmethod(lambda mlist, msg, msgdata: False)

    def dispose(self, mlist, msg, msgdata):
        return self.work(mlist, msg, msgdata)


def empty(runner):
    """Iterate until there is nothing to do."""
    while runner.iterate():
        continue


class TestQueueRunner:
    def test_an_entry_is_processed_in_the_language_of_its_author(
        self, opened, enqueue, mlist, anne, now_in
    ):
        mlist.preferred_language = "de"
        anne.address.preferences.preferred_language = "fr"
        enqueue("in")
        enqueue("in", "From: stranger@example.net\n\nHello.\n")
        seen = []
        runner = opened(Working)
        runner.work = lambda mlist, msg, msgdata: seen.append((msg.sender, msgdata["lang"]))
        assert runner.iterate() is True
        assert runner.iterate() is False
        assert seen == [("aperson@example.com", "fr"), ("stranger@example.net", "de")]
        assert now_in("in") == []

    def test_what_is_not_done_stays_as_it_is_now(self, opened, enqueue, now_in):
        enqueue("in")
        runner = opened(Working)
        runner.work = lambda mlist, msg, msgdata: bool(msgdata.update(tries=1)) or True
        runner.iterate()
        [msgdata] = now_in("in")
        assert msgdata["tries"] == 1

    def test_a_fault_sends_one_to_the_shunt_and_the_others_go_on(self, opened, enqueue, now_in):
        for number in range(5):
            enqueue("in", n=number)
        done = []

        def work(mlist, msg, msgdata):
            if msgdata["n"] == 2:
                raise RuntimeError("strange")
            done.append(msgdata["n"])

        runner = opened(Working)
        runner.work = work
        empty(runner)
        assert now_in("in") == []
        [msgdata] = now_in("shunt")
        assert (msgdata["n"], msgdata["whichq"]) == (2, "in")
        assert msgdata["shunt_error"] == "RuntimeError('strange')"
        assert "in work" in msgdata["shunt_traceback"]
        assert msgdata["shunt_state"]["runner"] == "in:0:1"
        assert msgdata["shunt_state"]["pid"] == os.getpid()
        assert set(done) == {0, 1, 3, 4}

    def test_the_half_done_work_of_a_fault_leaves_no_trace(self, opened, enqueue, mlist, now_in):
        enqueue("in")

        def work(mlist, msg, msgdata):
            mlist.site.addresses.add("half@example.com")
            raise RuntimeError("after half of it")

        runner = opened(Working)
        runner.work = work
        runner.iterate()
        assert len(now_in("shunt")) == 1
        assert mlist.site.addresses.get("half@example.com") is None

    def test_a_shunted_message_has_a_copy_of_its_own(self, opened, enqueue, session, engine):
        name = enqueue("in")
        runner = opened(Working)
        runner.set_aside(name, RuntimeError("strange"))
        session.abort()
        entry = session.begin().queues["shunt"].get(name)
        assert entry.content.startswith("k:")
        msg, _ = engine.mailroom(session.site).load(entry)
        assert msg["subject"] == "Hello"

    def test_without_its_list_a_message_waits_in_the_shunt(self, opened, enqueue, now_in):
        enqueue("in", listid="gone.example.com")
        opened(Working).iterate()
        [msgdata] = now_in("shunt")
        assert msgdata["shunt_error"] == "there is no list 'gone.example.com'"

    def test_the_list_may_be_named_by_its_address(self, opened, enqueue):
        enqueue("in", listid=None, listname="test@example.com")
        seen = []
        runner = opened(Working)
        runner.work = lambda mlist, msg, msgdata: seen.append(mlist.list_id)
        runner.iterate()
        assert seen == ["test.example.com"]

    def test_without_its_content_an_entry_goes_to_bad_as_it_is(
        self, opened, enqueue, session, now_in
    ):
        name = enqueue("in", to_list=True)
        session.site.queues["in"].get(name).content = "s:gone.seg:0:10"
        session.commit()
        opened(Working).iterate()
        [msgdata] = now_in("bad")
        assert session.site.queues["bad"].names() == [name]
        assert session.site.queues["bad"].get(name).content == "s:gone.seg:0:10"
        assert (msgdata["to_list"], msgdata["whichq"]) == (True, "in")
        assert "gone.seg" in msgdata["shunt_error"]

    @pytest.mark.unsound
    def test_one_that_the_storage_has_lost_stops_nobody(self, opened, enqueue, session, vanish):
        name = enqueue("in")
        enqueue("in")
        vanish("in", name)
        seen = []
        runner = opened(Working)
        runner.work = lambda mlist, msg, msgdata: seen.append(1)
        empty(runner)
        session.abort()
        queues = session.begin().queues
        assert (queues["in"].names(), queues["bad"].names()) == ([], [name])
        assert seen == [1]

    def test_a_conflict_is_no_fault_of_the_entry(self, opened, enqueue, now_in):
        enqueue("in")
        conflicts = iter([True, True])

        def work(mlist, msg, msgdata):
            if next(conflicts, False):
                raise ConflictError()

        runner = opened(Working)
        runner.work = work
        runner.iterate()
        assert [now_in(queue) for queue in ("in", "shunt", "bad")] == [[], [], []]

    @pytest.mark.parametrize("error", [StorageUnavailableError("away"), ConflictError()])
    def test_trouble_of_the_storage_ends_nothing(self, opened, error, monkeypatch):
        runner = opened(Working)
        waited = []
        monkeypatch.setattr(runner, "wait", waited.append)
        monkeypatch.setattr(runner, "iterate", lambda: (_ for _ in ()).throw(error))
        assert runner._iterate() is True
        assert waited == [0.2]


class Counting(Runner):
    """Does a given thing at each step."""

    name = "task"
    step = staticmethod(lambda: None)

    def iterate(self):
        return bool(self.step())


@pytest.fixture
def handlers():
    """The signal handlers of the test run, as before."""
    signums = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGHUP)
    before = {signum: signal.getsignal(signum) for signum in signums}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


@pytest.mark.usefixtures("handlers")
class TestRun:
    @pytest.fixture
    def runner(self, settings, database, monkeypatch):
        monkeypatch.setattr("runners.base.open_site", lambda settings: Database(database.db))
        monkeypatch.setattr(Database, "close", lambda self: None)
        return Counting(settings)

    @pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
    def test_it_ends_with_the_number_of_the_signal(self, runner, signum):
        runner.step = lambda: os.kill(os.getpid(), signum)
        assert runner.run() == signum

    def test_a_signal_ends_a_long_wait(self, runner, settings):
        settings.runners["task"].sleep_time = settings.mmcore.run_tasks_every
        timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))
        settings.report_ready = lambda name: timer.start()
        assert runner.run() == signal.SIGTERM
        timer.join()

    def test_it_says_when_it_serves(self, runner, settings):
        reported = []
        settings.report_ready = reported.append
        runner.step = runner.stop
        assert runner.run() == 0
        assert reported == ["task"]

    def test_sighup_reopens_the_logs_and_nothing_else(self, runner, settings, monkeypatch):
        reopened = []
        monkeypatch.setattr("runners.base.logs.reopen", lambda: reopened.append(1))
        settings.runners["task"].sleep_time = settings.mta.retry_first * 0
        steps = iter([signal.SIGHUP, signal.SIGTERM])
        runner.step = lambda: os.kill(os.getpid(), next(steps))
        assert runner.run() == signal.SIGTERM
        assert reopened == [1]

    def test_without_a_database_it_ends_with_an_error(self, settings, monkeypatch):
        def away(settings):
            raise StorageUnavailableError("nobody answers")

        monkeypatch.setattr("runners.base.open_site", away)
        assert Counting(settings).run() == 1


class TestListen:
    def test_it_tries_on_until_the_address_is_free(self, opened, monkeypatch, capsys):
        runner = opened(Counting)
        taken = socket.create_server(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        monkeypatch.setattr(runner, "wait", lambda seconds: taken.close())
        bound = runner.listen(lambda: socket.create_server(("127.0.0.1", port)), "the port")
        bound.close()
        said = capsys.readouterr().err
        assert said.startswith("task: cannot listen on the port: [Errno 98]")
        assert said.count("\n") == 1

    def test_it_gives_up_when_it_is_told_to_stop(self, opened, monkeypatch):
        runner = opened(Counting)
        monkeypatch.setattr(runner, "wait", lambda seconds: runner.stop(15))

        def bind():
            raise OSError("in use")

        with pytest.raises(CannotListenError, match="the port"):
            runner.listen(bind, "the port")
