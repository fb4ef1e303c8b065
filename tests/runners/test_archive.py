"""The archive runner: every archiver gets every post once, whatever becomes of the others."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime

import pytest

import mmcore.services.archive_jobs as jobs
import runners.archive as runner_module
from mmcore.errors import StorageUnavailableError
from mmcore.interfaces.archiver import (
    ArchiverUnavailableError,
    Mailing,
    MessageRefusedError,
)
from mmcore.interfaces.mailing_list import ArchivePolicy
from mmcore.message.message import Message
from mmcore.services.archive_jobs import is_ahead
from mmcore.services.archivers import set_archivers
from runners.archive import ArchiveRunner

POST = """\
    From: aperson@example.com
    Subject: Hello
    Date: Sat, 14 Mar 2026 15:09:20 +0000
    Message-ID: <{}>

    Hello.
    """


class Box:
    """An archiver that keeps posts in memory, or fails as it is told."""

    is_enabled = True

    def __init__(self, name):
        self.name = name
        #: Subjects of what it was given, and of what it took.
        self.given, self.taken = [], []
        self.copies = []
        self.error = None
        #: Message-ID -> error.
        self.errors = {}
        self.mails_to = ()

    def list_url(self, mlist):
        return None

    permalink = None

    def archive_message(self, mlist, msg):
        name = msg["message-id"].strip("<>")
        self.given.append(name)
        error = self.errors.get(name, self.error)
        if error is not None:
            raise error
        self.taken.append(name)
        self.copies.append((mlist, msg))
        return Mailing(msg, self.mails_to) if self.mails_to else None


class Clock:
    """The clock of all lanes."""

    now = 1000.0

    def __call__(self):
        return self.now

    def later(self):
        self.now += 1000


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("mmcore.services.archive_lanes.Lane.__init__.__defaults__", (clock,))
    return clock


@pytest.fixture
def boxes(settings):
    """Two archivers, `mbox` and `mhonarc`, that only seem to be these."""
    for name in ("mbox", "mhonarc"):
        settings.archivers[name].enable = True
    return {name: Box(name) for name in ("mbox", "mhonarc")}


@pytest.fixture
def archive(opened, boxes, clock):
    """archive() -> a new archive runner with these archivers."""

    def open_runner(*slices):
        runner = opened(ArchiveRunner, *slices)
        runner.engine.archivers = boxes
        return runner

    return open_runner


@pytest.fixture
def post(enqueue):
    """post(*message ids, **metadata): put posts into the queue."""

    def put(*names, **msgdata):
        return [enqueue("archive", POST.format(name), **msgdata) for name in names]

    return put


def work(runner):
    """Let a runner work until it has nothing to do."""
    while runner.iterate():
        pass


class TestArchiving:
    def test_every_archiver_gets_every_post(self, archive, boxes, post, now_in):
        post("a", "b", "c")
        work(archive())
        assert boxes["mbox"].taken == boxes["mhonarc"].taken == ["a", "b", "c"]
        assert now_in("archive") == []

    def test_only_those_that_the_entry_names_and_the_list_uses(
        self, archive, boxes, post, engine, mlist, session
    ):
        post("a", archivers=["mbox", "gone"])
        post("b", archivers=["mhonarc"])
        set_archivers(engine, mlist, {"mhonarc": False})
        session.commit()
        session.begin()
        work(archive())
        assert boxes["mbox"].taken == ["a"]
        assert boxes["mhonarc"].taken == []

    def test_a_list_that_wants_no_archive_any_more_has_none(
        self, archive, boxes, post, mlist, session, now_in
    ):
        post("a", archivers=["mbox"])
        mlist.archive_policy = ArchivePolicy.never
        session.commit()
        session.begin()
        work(archive())
        assert boxes["mbox"].given == []
        assert now_in("archive") == []

    def test_each_gets_its_own_copy_dated_as_its_section_says(
        self, archive, boxes, post, settings
    ):
        settings.archivers["mbox"].clobber_date = "never"
        received = datetime(2030, 1, 1, 12)
        post("a", received_time=received)
        runner = archive()
        boxes["mhonarc"].archive_message, real = (
            lambda mlist, msg: (msg.set_payload("spoilt"), real(mlist, msg))[1],
            boxes["mhonarc"].archive_message,
        )
        work(runner)
        ((mlist, first),) = boxes["mbox"].copies
        ((_mlist, second),) = boxes["mhonarc"].copies
        assert mlist.posting_address == "test@example.com"
        assert first["date"] == "Sat, 14 Mar 2026 15:09:20 +0000"
        assert first.received_time == second.received_time == received
        assert second["date"] == "Tue, 01 Jan 2030 12:00:00 +0000"
        assert second["x-original-date"] == first["date"]
        assert first.get_payload() == "Hello.\r\n"

    def test_without_a_time_it_is_that_of_the_entry(self, archive, boxes, post):
        post("a")
        work(archive())
        received = boxes["mbox"].copies[0][1].received_time
        assert abs(datetime.now(UTC).replace(tzinfo=None) - received).total_seconds() < 60

    def test_what_is_to_be_mailed_goes_out(self, archive, boxes, post, session, engine):
        boxes["mbox"].mails_to = ("archive@example.net",)
        post("a", received_time=datetime(2030, 1, 1), original_sender="x@example.com")
        work(archive())
        session.abort()
        site = session.begin()
        (name,) = site.queues["out"].names()
        msg, msgdata = engine.mailroom(site).load(site.queues["out"].get(name))
        assert msg["date"] == "Tue, 01 Jan 2030 00:00:00 +0000"
        assert msgdata["recipients"] == ["archive@example.net"]
        assert msgdata["nodecorate"] is True
        assert msgdata["listid"] == "test.example.com"
        assert "original_sender" not in msgdata

    def test_large_batches_are_divided(self, archive, boxes, post, monkeypatch):
        monkeypatch.setattr(runner_module, "BATCH_BYTES", 100)
        post("a", "b", "c", original_size=150)
        runner = archive()
        assert runner.iterate()
        assert boxes["mbox"].taken == ["a"]
        work(runner)
        assert boxes["mbox"].taken == ["a", "b", "c"]


class TestFailures:
    def test_one_archiver_that_is_away_does_not_concern_the_other(
        self, archive, boxes, post, now_in, clock
    ):
        boxes["mhonarc"].error = ArchiverUnavailableError("away")
        post("a", "b", "c")
        runner = archive()
        work(runner)
        assert boxes["mbox"].taken == ["a", "b", "c"]
        # Asked once: after that it is left alone.
        assert boxes["mhonarc"].given == ["a"]
        assert [msgdata["archivers"] for msgdata in now_in("archive")] == [["mhonarc"]] * 3
        boxes["mhonarc"].error = None
        work(runner)
        assert boxes["mhonarc"].taken == []
        clock.later()
        work(runner)
        assert sorted(boxes["mhonarc"].taken) == ["a", "b", "c"]
        assert boxes["mbox"].given == ["a", "b", "c"]
        assert now_in("archive") == []

    def test_those_that_wait_keep_their_order(self, archive, boxes, post, clock):
        boxes["mhonarc"].error = OSError("away")
        names = [f"{number:02}" for number in range(90)]
        post(*names[:50])
        runner = archive()
        work(runner)
        post(*names[50:])
        work(runner)
        boxes["mhonarc"].error = None
        clock.later()
        post("new")
        work(runner)
        # But for the one that failed.
        assert boxes["mhonarc"].taken == [*names[1:], "new", "00"] or (
            boxes["mhonarc"].taken == [*names[1:], "00", "new"]
        )
        assert boxes["mbox"].taken == [*names, "new"]

    def test_what_waits_costs_nothing_while_it_is_left_alone(
        self, archive, boxes, post, session, clock
    ):
        boxes["mhonarc"].error = ArchiverUnavailableError("away")
        post("a", "b", "c")
        runner = archive()
        work(runner)
        session.abort()
        before = session.begin().queues["archive"].names()
        assert len(before) == 3
        assert all(map(is_ahead, before))
        clock.later()
        work(runner)
        session.abort()
        after = session.begin().queues["archive"].names()
        # One was tried again; the others are the same entries.
        assert len(set(before) & set(after)) == 2

    def test_a_new_runner_asks_again_at_once(self, archive, boxes, post, now_in):
        boxes["mhonarc"].error = ArchiverUnavailableError("away")
        post("a", "b")
        work(archive())
        boxes["mhonarc"].error = None
        work(archive())
        assert sorted(boxes["mhonarc"].taken) == ["a", "b"]
        assert now_in("archive") == []

    def test_what_is_refused_for_good_goes_to_shunt_with_the_reason(
        self, archive, boxes, post, now_in, caplog
    ):
        boxes["mhonarc"].errors["b"] = MessageRefusedError("too ugly")
        post("a", "b", "c")
        work(archive())
        assert boxes["mhonarc"].taken == ["a", "c"]
        assert boxes["mbox"].taken == ["a", "b", "c"]
        (msgdata,) = now_in("shunt")
        assert msgdata["whichq"] == "archive"
        assert msgdata["archivers"] == ["mhonarc"]
        assert msgdata["shunt_error"] == "archiver mhonarc: MessageRefusedError: too ugly"
        assert "<b> of test.example.com is given up and goes to shunt" in caplog.text

    def test_one_that_fails_where_others_do_not_is_given_up(
        self, archive, boxes, post, now_in, clock
    ):
        boxes["mhonarc"].errors["bad"] = KeyError("x")
        post("bad")
        runner = archive()
        work(runner)
        for number in range(20):
            clock.later()
            post(str(number))
            work(runner)
        assert boxes["mhonarc"].taken == [str(number) for number in range(20)]
        assert boxes["mhonarc"].given.count("bad") == jobs.MOST_FAULTS + 3
        (msgdata,) = now_in("shunt")
        assert msgdata["shunt_error"] == "archiver mhonarc: KeyError: 'x'"
        assert now_in("archive") == []
        assert "bad" in boxes["mbox"].taken

    def test_one_that_fails_with_all_others_is_not(self, archive, boxes, post, now_in, clock):
        boxes["mhonarc"].error = KeyError("x")
        post("a", "b")
        runner = archive()
        for _ in range(30):
            work(runner)
            clock.later()
        assert now_in("shunt") == []
        boxes["mhonarc"].error = None
        work(runner)
        assert sorted(boxes["mhonarc"].taken) == ["a", "b"]

    def test_what_was_given_up_may_be_tried_again_by_hand(
        self, archive, boxes, post, session, engine
    ):
        boxes["mhonarc"].errors["a"] = MessageRefusedError("x")
        post("a")
        runner = archive()
        work(runner)
        boxes["mhonarc"].errors.clear()
        session.abort()
        site = session.begin()
        (name,) = site.queues["shunt"].names()
        msg, msgdata = engine.mailroom(site).load(site.queues["shunt"].get(name))
        engine.mailroom(site).enqueue(msgdata["whichq"], msg, msgdata)
        session.commit()
        work(runner)
        assert boxes["mhonarc"].taken == ["a"]
        assert boxes["mbox"].taken == ["a"]

    def test_a_slow_one_gives_way_to_the_others(self, archive, boxes, post, monkeypatch, now_in):
        monkeypatch.setattr(jobs, "BATCH_SECONDS", 0.1)
        real = boxes["mbox"].archive_message
        boxes["mbox"].archive_message = lambda mlist, msg: (time.sleep(0.15), real(mlist, msg))[1]
        post("a", "b", "c")
        runner = archive()
        runner.iterate()
        assert boxes["mhonarc"].taken == ["a", "b", "c"]
        assert boxes["mbox"].taken == ["a"]
        assert [msgdata["archivers"] for msgdata in now_in("archive")] == [["mbox"]] * 2
        work(runner)
        assert boxes["mbox"].taken == ["a", "b", "c"]

    def test_one_that_hangs_is_given_up(self, archive, boxes, post, monkeypatch, now_in):
        monkeypatch.setattr(jobs, "CALL_SECONDS", 0.1)
        ends = threading.Event()
        boxes["mbox"].archive_message = lambda mlist, msg: ends.wait(20)
        post("a")
        started = time.monotonic()
        work(archive())
        assert time.monotonic() - started < 15
        ends.set()
        assert [msgdata["archivers"] for msgdata in now_in("archive")] == [["mbox"]]
        assert boxes["mhonarc"].taken == ["a"]

    def test_who_has_to_stop_does_not_wait_for_long(
        self, archive, boxes, post, monkeypatch, now_in
    ):
        monkeypatch.setattr(runner_module, "FAREWELL_SECONDS", 0.1)
        ends = threading.Event()
        boxes["mbox"].archive_message = lambda mlist, msg: ends.wait(20)
        post("a", "b")
        runner = archive()
        runner.stop()
        started = time.monotonic()
        runner.iterate()
        assert time.monotonic() - started < 15
        ends.set()
        assert boxes["mhonarc"].taken == []
        # In the queue still, for each of the two archivers.
        left = [(msgdata["archivers"]) for msgdata in now_in("archive")]
        assert sorted(left) == [["mbox"]] * 2 + [["mhonarc"]] * 2

    def test_a_list_that_is_gone(self, archive, boxes, post, mlist, session, now_in):
        post("a")
        mlist.site.lists.remove(mlist)
        session.commit()
        session.begin()
        work(archive())
        (msgdata,) = now_in("shunt")
        assert "there is no list 'test.example.com'" in msgdata["shunt_error"]

    @pytest.mark.unsound
    def test_an_entry_that_cannot_be_read(self, archive, boxes, post, vanish, session):
        (name,) = post("a")
        post("b")
        vanish("archive", name)
        work(archive())
        session.abort()
        assert session.begin().queues["bad"].names() == [name]
        assert boxes["mbox"].taken == ["b"]

    @pytest.mark.unsound
    def test_one_that_waits_and_cannot_be_read(self, archive, boxes, post, vanish, session):
        boxes["mbox"].error = ArchiverUnavailableError("away")
        post("a", "b")
        work(archive())
        session.abort()
        name = session.begin().queues["archive"].names()[0]
        vanish("archive", name)
        boxes["mbox"].error = None
        work(archive())
        session.abort()
        assert session.begin().queues["bad"].names() == [name]
        assert len(boxes["mbox"].taken) == 1

    def test_one_that_was_taken_away_by_hand(self, archive, boxes, post, session, clock):
        boxes["mbox"].error = ArchiverUnavailableError("away")
        post("a")
        runner = archive()
        work(runner)
        session.abort()
        board = session.begin().queues["archive"]
        board.remove(board.names()[0])
        session.commit()
        clock.later()
        work(runner)
        assert all(len(lane) == 0 for lane in runner.archiving.lanes.values())

    def test_malformed_posts(self, archive, boxes, engine, session, mlist, now_in):
        from tests.support.malformed import MALFORMED

        for box in boxes.values():
            box.archive_message = lambda mlist, msg: None
        for data in MALFORMED.values():
            engine.mailroom(session.site).enqueue(
                "archive", Message.parse(data), {"listid": mlist.list_id}
            )
        session.commit()
        session.begin()
        work(archive())
        assert now_in("archive") == now_in("shunt") == now_in("bad") == []


class TestCrashes:
    """Whoever has taken a post does not get it again."""

    def test_killed_before_the_commit(self, archive, boxes, post, monkeypatch, now_in):
        post("a", "b")
        runner = archive()
        with monkeypatch.context() as patch:
            patch.setattr(runner, "write_down", self.die)
            with pytest.raises(SystemExit):
                runner.iterate()
        # The journal of the one that died is as it left it.
        work(archive())
        assert boxes["mbox"].given == boxes["mhonarc"].given == ["a", "b"]
        assert now_in("archive") == []

    def die(self, *arguments):
        raise SystemExit

    def test_killed_between_two_archivers(self, archive, boxes, post, monkeypatch, now_in):
        post("a", "b")
        runner = archive()
        real = runner.archiving._attempt

        def attempt(name, *arguments):
            if name == "mhonarc":
                raise SystemExit
            real(name, *arguments)

        with monkeypatch.context() as patch:
            patch.setattr(runner.archiving, "_attempt", attempt)
            with pytest.raises(SystemExit):
                runner.iterate()
        work(archive())
        assert boxes["mbox"].given == boxes["mhonarc"].given == ["a", "b"]
        assert now_in("archive") == []

    def test_killed_after_the_commit(self, archive, boxes, post, monkeypatch, settings):
        post("a")
        runner = archive()
        with monkeypatch.context() as patch:
            patch.setattr(runner, "settle", self.die)
            with pytest.raises(SystemExit):
                runner.iterate()
        runner = archive()
        work(runner)
        assert boxes["mbox"].given == ["a"]
        assert runner.journal.keys() == []

    def test_what_is_mailed_is_mailed_with_the_commit(
        self, archive, boxes, post, monkeypatch, now_in
    ):
        boxes["mbox"].mails_to = ("archive@example.net",)
        post("a")
        runner = archive()
        with monkeypatch.context() as patch:
            patch.setattr(runner, "write_down", self.die)
            with pytest.raises(SystemExit):
                runner.iterate()
        assert now_in("out") == []
        work(archive())
        assert len(now_in("out")) == 1
        assert boxes["mhonarc"].given == ["a"]

    def test_another_number_of_instances(self, archive, boxes, post, monkeypatch):
        post(*"abcdefgh")
        runner = archive()
        with monkeypatch.context() as patch:
            patch.setattr(runner, "write_down", self.die)
            with pytest.raises(SystemExit):
                runner.iterate()
        for slice_ in (0, 1):
            work(archive(slice_, 2))
        assert sorted(boxes["mbox"].given) == list("abcdefgh")

    def test_a_storage_that_goes_away(self, archive, boxes, post, monkeypatch, now_in, clock):
        boxes["mhonarc"].error = ArchiverUnavailableError("away")
        post("a", "b")
        runner = archive()
        work(runner)
        boxes["mhonarc"].error = None
        clock.later()
        with monkeypatch.context() as patch:
            patch.setattr(runner, "write_down", self.no_storage)
            with pytest.raises(StorageUnavailableError):
                runner.iterate()
        work(runner)
        assert boxes["mhonarc"].given == ["a", "b", "a"]
        assert now_in("archive") == []

    def no_storage(self, *arguments):
        raise StorageUnavailableError("away")

    def test_a_commit_that_failed_only_seemingly(self, archive, boxes, post, monkeypatch, now_in):
        boxes["mhonarc"].error = ArchiverUnavailableError("away")
        post("a")
        runner = archive()
        real = runner.write_down
        runner.write_down = lambda site, jobs: (real(site, jobs), real(site, jobs))
        work(runner)
        assert len(now_in("archive")) == 1
        assert boxes["mbox"].taken == ["a"]

    def test_a_full_disk_does_not_stop_it(self, archive, boxes, post, monkeypatch):
        post("a")
        runner = archive()

        def full(*arguments):
            raise OSError(28, "No space left on device")

        for name in ("begin", "forget"):
            monkeypatch.setattr(runner.journal, name, full)
        work(runner)
        assert boxes["mbox"].taken == ["a"]


class TestWaiting:
    def test_the_clock_is_looked_at_while_something_waits(self, archive, boxes, post, monkeypatch):
        waited = []
        monkeypatch.setattr(
            "runners.base.Runner.wait", lambda self, seconds: waited.append(seconds)
        )
        runner = archive()
        runner.wait(60)
        boxes["mbox"].error = ArchiverUnavailableError("away")
        post("a")
        work(runner)
        runner.wait(60)
        assert waited == [60, runner_module.WAIT_SECONDS]
