"""The retry runner: back to `out` when the time has come."""

from __future__ import annotations

import time

import pytest

from runners.retry import RetryRunner


@pytest.fixture
def later(session, mlist):
    """Put an entry into `retry` that is due in so many seconds; returns its name."""

    def put(seconds: float, digit: str = "0") -> str:
        name = f"{time.time() + seconds!r}+{digit}0{abs(hash(seconds)):x}"
        data = {"listid": mlist.list_id, "recipients": ["x@example.org"], "due": seconds}
        session.site.queues["retry"].create(name, "s:x.seg:0:1", b"Subject: x\r\n\r\n", data)
        session.commit()
        session.begin()
        return name

    return put


class TestRetry:
    def test_what_is_due_goes_out_in_the_order_of_its_time(self, opened, later, now_in):
        for seconds in (-1, -3, 60, -2):
            later(seconds)
        runner = opened(RetryRunner)
        assert runner.iterate() is True
        assert runner.iterate() is False
        assert [msgdata["due"] for msgdata in now_in("retry")] == [60]
        assert sorted(msgdata["due"] for msgdata in now_in("out")) == [-3, -2, -1]

    def test_it_sleeps_until_the_next_is_due(self, opened, later, monkeypatch):
        later(-1)
        later(20)
        later(40)
        slept: list[float] = []
        monkeypatch.setattr("runners.base.QueueRunner.wait", lambda _, time: slept.append(time))
        runner = opened(RetryRunner)
        while runner.iterate():
            continue
        runner.wait(60)
        runner.wait(5)
        assert slept[0] == pytest.approx(20, abs=2)
        assert slept[1] == 5

    def test_the_entry_is_the_same_but_for_its_name(self, opened, later, session, now_in):
        old = later(-1)
        before = session.site.queues["retry"].get(old)
        oid = before._p_oid
        opened(RetryRunner).iterate()
        now_in("out")
        [name] = session.site.queues["out"].names()
        entry = session.site.queues["out"].get(name)
        assert (entry._p_oid, entry.name, entry.header) == (oid, name, b"Subject: x\r\n\r\n")
        assert abs(float(name.partition("+")[0]) - time.time()) < 5

    def test_it_leaves_the_other_slices_alone(self, opened, later, now_in):
        later(-1, "0")
        later(-2, "f")
        opened(RetryRunner, 0, 2).iterate()
        assert [msgdata["due"] for msgdata in now_in("out")] == [-1]
        opened(RetryRunner, 1, 2).iterate()
        assert now_in("retry") == []

    @pytest.mark.unsound
    def test_one_that_the_storage_has_lost_stops_nobody(
        self, opened, later, session, vanish, now_in
    ):
        lost = later(-2)
        later(-1)
        vanish("retry", lost)
        opened(RetryRunner).iterate()
        assert [msgdata["due"] for msgdata in now_in("out")] == [-1]
        assert session.site.queues["bad"].names() == [lost]
        assert len(session.site.queues["retry"]) == 0

    def test_what_does_not_say_when_it_is_due_is_due(self, opened, session, mlist, now_in):
        data = {"listid": mlist.list_id, "due": "who knows"}
        session.site.queues["retry"].create("strange+00", "s:x.seg:0:1", b"", data)
        session.commit()
        session.begin()
        opened(RetryRunner).iterate()
        assert [msgdata["due"] for msgdata in now_in("out")] == ["who knows"]
