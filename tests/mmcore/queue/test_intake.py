"""The intake log: what was accepted is entered exactly once, whatever happens."""

from __future__ import annotations

import pytest
from ZODB.POSException import ConflictError

from mmcore.queue.content import ContentStore
from mmcore.queue.intake import IntakeLog, pending_segments

TARGET = ("in", {"listid": "test.example.com", "to_list": True, "received_time": 1.5})


class Wakes(list):
    """Remembers whom it was asked to wake."""

    wake = list.append


@pytest.fixture
def wakes():
    return Wakes()


@pytest.fixture
def log(database, tmp_path, wakes):
    log = IntakeLog(database, ContentStore(tmp_path / "content", "lmtp-0"), wakes)
    yield log
    log.content.close()


def successor(log: IntakeLog) -> IntakeLog:
    """What the next process of the same name would have."""
    return IntakeLog(log.database, ContentStore(log.content.directory, "lmtp-0"), log.waker)


def entered(log: IntakeLog) -> list[bytes]:
    session = log.database.session()
    board = session.begin().queues["in"]
    texts = [log.content.get(board.get(name).content) for name in board]
    session.close()
    return texts


class TestIntakeLog:
    def test_what_is_synced_is_entered_by_the_thread(self, log, wakes):
        log.start()
        log.sync([log.append([b"one"], [TARGET]), log.append([b"two"], [TARGET])])
        log.stop()
        assert entered(log) == [b"one", b"two"]
        assert set(wakes) == {"in"}

    def test_each_recipient_gets_an_entry(self, log):
        log.start()
        owner = ("in", {"listid": "test.example.com", "to_owner": True, "received_time": 1.5})
        command = ("command", {"listid": "test.example.com", "received_time": 1.5})
        log.sync([log.append([b"one"], [TARGET, owner, command])])
        log.stop()
        assert entered(log) == [b"one", b"one"]
        session = log.database.session()
        assert len(session.begin().queues["command"]) == 1
        session.close()

    def test_the_time_of_receipt_becomes_a_datetime(self, log):
        log.start()
        log.sync([log.append([b"one"], [TARGET])])
        log.stop()
        session = log.database.session()
        board = session.begin().queues["in"]
        [name] = board
        assert (
            board.get(name).msgdata()["received_time"].isoformat() == "1970-01-01T00:00:01.500000"
        )
        session.close()

    @pytest.mark.parametrize("left", [0, 1, 250])
    @pytest.mark.parametrize("done", [0, 3])
    def test_after_a_crash_the_rest_is_entered_exactly_once(self, log, done, left):
        log.start()
        expected = [b"text %d" % number for number in range(done + left)]
        for text in expected[:done]:
            log.sync([log.append([text], [TARGET])])
        log.stop()
        for text in expected[done:]:
            log.append([text], [TARGET])
        log.content.close()
        again = successor(log)
        assert again.recover() == left
        assert again.recover() == 0
        assert entered(again) == expected
        again.content.close()

    def test_a_commit_that_only_seemed_to_fail_enters_nothing_twice(self, log):
        record = log.append([b"one"], [TARGET])
        session = log.database.session()
        log._enter(session, [record])
        log._enter(session, [record])
        session.close()
        assert entered(log) == [b"one"]

    def test_nothing_is_passed_over_when_the_clock_was_set_back(self, log, monkeypatch):
        log.start()
        log.sync([log.append([b"before"], [TARGET])])
        log.stop()
        log.content.close()
        # The next process, and its second segment, have names that sort before.
        moments = iter([2_000_000_000, 1_000_000_000])
        monkeypatch.setattr("mmcore.queue.content.time.time_ns", lambda: next(moments))
        again = successor(log)
        assert again.recover() == 0
        records = [again.append([b"during"], [TARGET])]
        again.content.sync()
        again.content.close()
        records.append(again.append([b"after"], [TARGET]))
        session = log.database.session()
        assert len(pending_segments(session.begin(), again.content)) == 2
        session.abort()
        again._enter(session, records[:1])
        session.close()
        again.content.close()
        assert sorted(entered(again)) == [b"before", b"during"]
        third = successor(log)
        assert third.recover() == 1
        assert third.recover() == 0
        assert sorted(entered(third)) == [b"after", b"before", b"during"]
        third.content.close()

    def test_the_mark_forgets_segments_that_are_swept(self, log):
        session = log.database.session()
        for text in (b"one", b"two"):
            record = log.append([text], [TARGET])
            log._enter(session, [record])
            log.content.close()
        assert len(session.begin().intake.ends("lmtp-0")) == 2
        session.abort()
        for path in log.content.segments():
            path.unlink()
        last = log.append([b"three"], [TARGET])
        log._enter(session, [last])
        assert session.begin().intake.ends("lmtp-0") == {last.segment: last.end}
        session.close()

    def test_of_two_that_enter_the_same_one_gets_a_conflict(self, log):
        record = log.append([b"one"], [TARGET])
        one, two = log.database.session(), log.database.session()
        log._enter(one, [record])
        one.begin().intake.advance("lmtp-0", one.site.intake.ends("lmtp-0"))
        two.begin().intake.advance("lmtp-0", two.site.intake.ends("lmtp-0"))
        one.commit()
        with pytest.raises(ConflictError):
            two.commit()
        one.close()
        two.close()

    def test_the_committer_insists_until_the_storage_is_back(self, log, monkeypatch):
        failures = iter([True, True])
        enter = log._enter

        def sometimes(session, records):
            if next(failures, False):
                raise ConnectionError("away")
            enter(session, records)

        monkeypatch.setattr(log, "_enter", sometimes)
        log.start()
        log.sync([log.append([b"one"], [TARGET])])
        log.stop()
        assert entered(log) == [b"one"]


class TestPendingSegments:
    def test_a_segment_is_pending_until_its_last_record_is_entered(self, log):
        record = log.append([b"one"], [TARGET])
        session = log.database.session()
        assert pending_segments(session.begin(), log.content) == {record.segment}
        session.abort()
        log._enter(session, [record])
        assert pending_segments(session.begin(), log.content) == set()
        session.abort()
        log.append([b"two"], [TARGET])
        assert pending_segments(session.begin(), log.content) == {record.segment}
        session.close()

    def test_segments_of_others_are_not_looked_at(self, log, tmp_path):
        store = ContentStore(log.content.directory, "in-0")
        store.put(b"x")
        session = log.database.session()
        assert pending_segments(session.begin(), log.content) == set()
        session.close()
        store.close()
