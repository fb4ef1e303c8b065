"""Batches: many entries a transaction, and one bad entry harms no other."""

from __future__ import annotations

import errno

import pytest
from ZODB.POSException import ConflictError

from mmcore.errors import StorageUnavailableError
from mmcore.queue.batch import Batch


@pytest.fixture
def filled(session):
    site = session.site
    for number in range(10):
        site.queues["in"].create(f"{number}.0+{number:x}0", "c", None, {"n": number})
    session.commit()
    return session


def run(session, process, **options):
    """Empty the queue; returns (numbers processed and committed, names at fault)."""
    failed: list[str] = []

    def wrapped(site, entry):
        process(entry.msgdata()["n"])
        site.queues["out"].add(entry)
        site.queues["in"].remove(entry.name)

    def at_fault(name, error):
        failed.append(name)
        session.run(lambda site: site.queues["in"].remove(name))

    batch = Batch(session, "in", wrapped, at_fault)
    for key, value in options.items():
        setattr(batch, key, value)
    steps = 0
    while batch.step():
        steps += 1
        assert steps < 50
    site = session.begin()
    return [site.queues["out"].get(name).msgdata()["n"] for name in site.queues["out"]], failed


class TestBatch:
    def test_all_entries_are_processed_in_order(self, filled):
        seen: list[int] = []
        done, failed = run(filled, seen.append)
        assert seen == done == list(range(10))
        assert failed == []

    def test_one_at_fault_is_reported_and_the_others_go_on(self, filled):
        def process(number):
            if number == 4:
                raise RuntimeError("strange")

        done, failed = run(filled, process)
        assert done == [0, 1, 2, 3, 5, 6, 7, 8, 9]
        assert failed == ["4.0+40"]

    def test_a_full_disk_is_nobodys_fault(self, filled):
        failures = iter([True])

        def process(number):
            if number == 4 and next(failures, False):
                raise OSError(errno.ENOSPC, "No space left on device")

        with pytest.raises(StorageUnavailableError):
            run(filled, process)
        done, failed = run(filled, process)
        assert (done, failed) == (list(range(10)), [])

    def test_a_conflict_is_tried_again(self, filled):
        conflicts = iter([True, True, False])

        def process(number):
            if number == 3 and next(conflicts, False):
                raise ConflictError()

        done, failed = run(filled, process)
        assert done == list(range(10))
        assert failed == []

    def test_what_meets_nothing_but_conflicts_stays_and_is_not_at_fault(self, filled, monkeypatch):
        monkeypatch.setattr("mmcore.queue.batch.back_off", lambda attempt: None)
        monkeypatch.setattr("mmcore.database.back_off", lambda attempt: None)
        failed: list[str] = []

        def process(site, entry):
            if entry.msgdata()["n"] == 4:
                raise ConflictError()
            site.queues["in"].remove(entry.name)

        batch = Batch(filled, "in", process, lambda name, error: failed.append(name))
        while batch.step():
            pass
        assert filled.begin().queues["in"].names() == ["4.0+40"]
        assert failed == []
        filled.abort()
        batch.process = lambda site, entry: site.queues["in"].remove(entry.name)
        batch._crowded_out.clear()
        assert batch.step() == 1

    def test_a_batch_ends_at_its_size(self, filled):
        batch = Batch(filled, "in", lambda site, e: site.queues["in"].remove(e.name), None)
        batch.entries = 3
        assert [batch.step() for _ in range(5)] == [3, 3, 3, 1, 0]

    def test_a_batch_ends_after_its_time(self, filled):
        batch = Batch(filled, "in", lambda site, e: site.queues["in"].remove(e.name), None)
        batch.seconds = 0
        assert batch.step() == 1

    def test_it_stops_between_entries_when_told_to(self, filled):
        batch = Batch(filled, "in", lambda site, e: site.queues["in"].remove(e.name), None)
        assert batch.step(lambda: True) == 1
