"""Which entries the out runner takes on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from mmcore.mta.deliver import Delivery
from mmcore.mta.job import Job
from runners.admission import BATCH_ENTRIES, Admission, lane_of

MANY = [f"m{number}@example.org" for number in range(60)]


@pytest.fixture
def put(session):
    """Put entries into `out`, oldest first; returns their names."""
    numbers = iter(range(100_000))

    def put(count, listid, recipients=("anne@example.com",), **data):
        queue = session.site.queues["out"]
        names = [f"1000.{next(numbers):06d}+{place % 16:x}bcd" for place in range(count)]
        for name in names:
            queue.create(name, "k:x", None, {"listid": listid, "recipients": recipients, **data})
        return names

    return put


@pytest.fixture
def admission():
    return Admission(0, 1)


def job(name, entry, size=0):
    delivery = Delivery(name, "", tuple(entry.emails()), b"", lane=lane_of(entry))
    return Job(name, delivery, "", "", size=size)


def admit(admission, session, size=0):
    """Take on what may be; returns the jobs."""
    jobs = []
    for name, entry in admission.candidates(session.site.queues["out"]):
        jobs.append(job(name, entry, size))
        admission.entered(jobs[-1])
    return jobs


class TestAdmission:
    def test_oldest_first(self, admission, session, put):
        names = put(5, "ant")
        assert [each.name for each in admit(admission, session)] == names

    def test_what_is_under_way_is_not_taken_again(self, admission, session, put):
        put(2, "ant")
        admit(admission, session)
        (new,) = put(1, "ant")
        assert [each.name for each in admit(admission, session)] == [new]

    def test_a_list_with_a_backlog_leaves_room_for_others(self, admission, session, put):
        backlog = put(190, "ant")
        (late,) = put(1, "bee")
        taken = [each.name for each in admit(admission, session)]
        assert taken == [*backlog[:BATCH_ENTRIES], late]

    def test_when_some_are_done_others_follow(self, admission, session, put):
        backlog = put(190, "ant")
        jobs = admit(admission, session)
        for each in jobs[:3]:
            admission.left(each)
            session.site.queues["out"].remove(each.name)
        taken = [each.name for each in admit(admission, session)]
        assert taken == backlog[BATCH_ENTRIES : BATCH_ENTRIES + 3]

    def test_a_large_backlog_is_read_in_steps(self, admission, session, put):
        put(500, "ant")
        admit(admission, session)
        assert admission.more
        for _ in range(3):
            assert admit(admission, session) == []
        assert not admission.more

    def test_a_list_with_many_recipients_under_way_waits(self, admission, session, put):
        large = [f"m{number}@example.org" for number in range(20_001)]
        first, _ = put(2, "ant", large)
        assert [each.name for each in admit(admission, session)] == [first]

    def test_a_confirmation_does_not_wait_for_a_large_post(self, admission, session, put):
        put(41, "ant", MANY)
        (confirmation,) = put(1, "ant", ["anne@example.com"])
        assert confirmation in [each.name for each in admit(admission, session)]

    def test_memory_is_bounded(self, admission, session, put):
        for number in range(10):
            put(1, f"list{number}")
        for name, entry in admission.candidates(session.site.queues["out"]):
            admission.entered(job(name, entry, 30 << 20))
            if admission.full:
                break
        assert len(admission._under_way) == 3
        assert admit(admission, session) == []


class TestNotBefore:
    @pytest.mark.parametrize(
        ("after", "waits"),
        [
            (None, False),
            (datetime(2001, 1, 1), False),
            (datetime.now(UTC) + timedelta(days=1), True),
            (datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1), True),
            (time.time() + 86400, True),
            ("nonsense", False),
        ],
        ids=["never", "past", "with-zone", "without-zone", "seconds", "nonsense"],
    )
    def test_deliver_after(self, admission, session, put, after, waits):
        (name,) = put(1, "ant", deliver_after=after)
        due = admission.not_before(session.site.queues["out"].get(name))
        assert bool(due) is waits
        if waits:
            assert due > time.time()
