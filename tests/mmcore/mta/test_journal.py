"""Tests of mmcore.mta.journal."""

from __future__ import annotations

import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcore.mta.journal import Journal, Marks, Reply

OK = Reply(250, "2.0.0", "Ok: queued as 1A2B3C")
NOBODY = Reply(550, "5.1.1", "Niemand heißt so")
LATER = Reply(451, "", "")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    yield journal
    journal.close()


def reopened(path: Path) -> dict[str, Marks]:
    journal = Journal(path)
    try:
        return journal.load()
    finally:
        journal.close()


class TestReply:
    def test_reads_as_a_line(self) -> None:
        assert str(Reply(550, "5.1.1", "Nobody")) == "550 5.1.1 Nobody"
        assert str(Reply(444)) == "444"


class TestJournal:
    def test_an_empty_one_knows_nothing(self, journal: Journal) -> None:
        assert journal.load() == {}
        assert journal.recall("entry") is None

    def test_what_was_started_and_not_finished_is_in_doubt(
        self, journal: Journal, path: Path
    ) -> None:
        run = journal.begin("entry")
        journal.started(run, 1, [5, 3])
        journal.finished(run, 1, [OK, NOBODY])
        journal.started(run, 2, (7, 8))
        expected = Marks({5: OK, 3: NOBODY}, {7, 8})
        assert journal.recall("entry") == expected
        assert reopened(path) == {"entry": expected}

    def test_many_different_replies_come_back(self, journal: Journal, path: Path) -> None:
        replies = [Reply(550, "5.1.1", f"<a{n}@example.com>: unknown") for n in range(300)]
        replies += [OK, OK, LATER]
        run = journal.begin("entry")
        journal.started(run, 1, range(303))
        journal.finished(run, 1, replies)
        assert reopened(path)["entry"].done == dict(enumerate(replies))

    def test_two_attempts_at_one_delivery_add_up(self, journal: Journal, path: Path) -> None:
        first = journal.begin("entry")
        journal.started(first, 1, [0])
        journal.finished(first, 1, [OK])
        journal.started(first, 2, [1, 2])
        second = journal.begin("entry")
        journal.started(second, 1, [1])
        journal.finished(second, 1, [OK])
        assert reopened(path) == {"entry": Marks({0: OK, 1: OK}, {2})}

    @pytest.mark.parametrize("between", [[], [LATER]])
    def test_an_attempt_after_a_refusal_for_now_is_in_doubt(
        self, journal: Journal, path: Path, between: list[Reply]
    ) -> None:
        run = journal.begin("entry")
        for number, reply in enumerate([LATER, *between]):
            journal.started(run, number, [0])
            journal.finished(run, number, [reply])
        journal.started(run, 9, [0])
        assert reopened(path)["entry"].in_doubt == {0}

    @pytest.mark.parametrize("reply", [OK, NOBODY])
    def test_what_another_attempt_has_settled_is_not_in_doubt(
        self, journal: Journal, path: Path, reply: Reply
    ) -> None:
        run = journal.begin("entry")
        journal.started(run, 1, [0])
        journal.started(run, 2, [0])
        journal.finished(run, 2, [reply])
        assert reopened(path)["entry"].in_doubt == set()

    def test_recall_sees_marks_made_after_the_last_recall(self, journal: Journal) -> None:
        run = journal.begin("entry")
        other = journal.begin("other")
        assert journal.recall("entry") == Marks()
        journal.started(run, 1, [0])
        assert journal.recall("entry") == Marks({}, {0})
        journal.started(other, 2, [9])
        journal.finished(run, 1, [OK])
        assert journal.recall("entry") == Marks({0: OK})
        assert journal.recall("other") == Marks({}, {9})

    def test_what_was_forgotten_is_gone_also_after_a_restart(
        self, journal: Journal, path: Path
    ) -> None:
        for key in ("first", "second"):
            journal.started(journal.begin(key), 1, [0])
        journal.forget(["first", "never heard of"])
        assert journal.recall("first") is None
        assert journal.keys() == ["second"]
        assert reopened(path) == {"second": Marks({}, {0})}

    def test_a_forgotten_key_may_begin_anew(self, journal: Journal, path: Path) -> None:
        journal.started(journal.begin("entry"), 1, [0])
        journal.recall("entry")
        journal.forget(["entry"])
        journal.started(journal.begin("entry"), 1, [1])
        assert journal.recall("entry") == Marks({}, {1})
        assert reopened(path) == {"entry": Marks({}, {1})}

    def test_a_large_file_is_emptied_when_nothing_in_it_counts(
        self, journal: Journal, path: Path
    ) -> None:
        run = journal.begin("entry")
        for number in range(100):
            journal.started(run, number, range(200))
        assert path.stat().st_size > 65536
        journal.forget(["entry"])
        assert path.stat().st_size == 0
        journal.started(journal.begin("next"), 1, [4])
        assert reopened(path) == {"next": Marks({}, {4})}

    def test_what_is_not_forgotten_survives_while_the_file_stays_small(
        self, journal: Journal, path: Path
    ) -> None:
        """Under a steady load some delivery is always on its way."""
        staying = journal.begin("staying")
        journal.started(staying, 1, [7])
        largest = 0
        for number in range(300):
            run = journal.begin(f"entry{number}")
            journal.started(run, 2, range(2000))
            journal.finished(run, 2, [OK] * 2000)
            journal.forget([f"entry{number}"])
            largest = max(largest, path.stat().st_size)
        assert largest < 1.1 * 2**20
        journal.started(staying, 3, [8])
        journal.finished(staying, 1, [OK])
        again = Journal(path)
        assert again.load() == {"staying": Marks({7: OK}, {8})}
        again.close()

    def test_clear_empties_it(self, journal: Journal, path: Path) -> None:
        journal.started(journal.begin("entry"), 1, [0])
        journal.clear()
        assert path.stat().st_size == 0
        assert journal.load() == {}

    def test_a_torn_record_is_cut_off_and_reported(
        self, path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        journal = Journal(path)
        run = journal.begin("entry")
        journal.started(run, 1, [0])
        whole = path.stat().st_size
        journal.finished(run, 1, [OK])
        journal.close()
        os.truncate(path, path.stat().st_size - 1)
        with caplog.at_level(logging.WARNING, "mmcore.smtp"):
            again = Journal(path)
        assert "torn record" in caplog.text
        assert path.stat().st_size == whole
        # What is written now can be read: nothing torn lies before it.
        again.started(again.begin("entry"), 1, [1])
        again.close()
        assert reopened(path) == {"entry": Marks({}, {0, 1})}

    def test_a_record_that_was_damaged_ends_the_file(self, path: Path) -> None:
        journal = Journal(path)
        run = journal.begin("entry")
        journal.started(run, 1, [0])
        before = path.stat().st_size
        journal.finished(run, 1, [OK])
        journal.close()
        data = bytearray(path.read_bytes())
        data[before + 12] ^= 1
        path.write_bytes(data)
        assert reopened(path) == {"entry": Marks({}, {0})}

    def test_run_numbers_go_on_after_a_restart(self, path: Path) -> None:
        journal = Journal(path)
        first = journal.begin("entry")
        journal.close()
        journal = Journal(path)
        assert journal.begin("entry") > first
        journal.close()

    def test_a_full_disk_leaves_no_torn_record(
        self, journal: Journal, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = journal.begin("entry")
        write = os.write
        monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:5]))
        with pytest.raises(OSError, match="only 5 of"):
            journal.started(run, 1, [0])
        monkeypatch.undo()
        journal.started(run, 2, [1])
        assert reopened(path) == {"entry": Marks({}, {1})}

    def test_a_missing_folder_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            Journal(tmp_path / "missing" / "journal")


class TestSync:
    @pytest.fixture
    def syncs(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        calls: list[int] = []
        real = os.fdatasync

        def spy(file: int) -> None:
            calls.append(file)
            real(file)

        monkeypatch.setattr(os, "fdatasync", spy)
        return calls

    def test_comes_after_so_many_recipients(self, path: Path, syncs: list[int]) -> None:
        journal = Journal(path, sync_recipients=20, sync_seconds=3600)
        run = journal.begin("entry")
        for number in range(5):
            journal.started(run, number, range(10))
            journal.finished(run, number, [OK] * 10)
        journal.close()
        assert len(syncs) == 2

    def test_comes_after_so_much_time(self, path: Path, syncs: list[int]) -> None:
        journal = Journal(path, sync_recipients=1000, sync_seconds=0.02)
        run = journal.begin("entry")
        journal.started(run, 1, [0])
        assert not syncs
        time.sleep(0.03)
        journal.finished(run, 1, [OK])
        assert len(syncs) == 1
        journal.started(run, 2, [1])
        journal.close()
        assert len(syncs) == 1


REPLIES = st.sampled_from([OK, NOBODY, LATER])
KEYS = st.sampled_from(["a" * 60, "b", "c"])
# What a delivery of a key does: transactions, each with its replies or none.
STEP = st.tuples(
    KEYS,
    st.lists(st.tuples(st.sets(st.integers(0, 30), min_size=1, max_size=4), REPLIES | st.none())),
)


class TestAnyPrefix:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(STEP, max_size=6), st.data())
    def test_loads_and_tells_done_from_in_doubt(
        self, steps: list[tuple[str, list[tuple[set[int], Reply | None]]]], data: st.DataObject
    ) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal"
            journal = Journal(path)
            # What is right for a file that ends at each record.
            model: dict[str, Marks] = {}
            unfinished: dict[str, dict[tuple[int, int], set[int]]] = {}
            history = [(0, snapshot(model))]

            def happened() -> None:
                for key, marks in model.items():
                    # An index with a final reply stays done, whatever is begun again.
                    final = {index for index, reply in marks.done.items() if reply != LATER}
                    marks.in_doubt = set().union(*unfinished[key].values()) - final
                history.append((path.stat().st_size, snapshot(model)))

            for key, transactions in steps:
                run = journal.begin(key)
                model.setdefault(key, Marks())
                unfinished.setdefault(key, {})
                happened()
                for number, (indices, reply) in enumerate(transactions):
                    order = sorted(indices)
                    marks = model[key]
                    journal.started(run, number, order)
                    unfinished[key][run, number] = indices
                    happened()
                    if reply is not None:
                        journal.finished(run, number, [reply] * len(order))
                        marks.done |= dict.fromkeys(order, reply)
                        del unfinished[key][run, number]
                        happened()
            assert journal.load() == model
            journal.close()
            size = path.stat().st_size
            cut = data.draw(st.integers(0, size))
            os.truncate(path, cut)
            expected = [state for end, state in history if end <= cut][-1]
            assert reopened(path) == expected


def snapshot(model: dict[str, Marks]) -> dict[str, Marks]:
    return {key: Marks(dict(marks.done), set(marks.in_doubt)) for key, marks in model.items()}


class TestInBackground:
    def test_a_thread_brings_marks_to_the_disk(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        threads: list[str] = []
        real = os.fdatasync

        def spy(file: int) -> None:
            threads.append(threading.current_thread().name)
            real(file)

        monkeypatch.setattr(os, "fdatasync", spy)
        journal = Journal(path, sync_recipients=5, in_background=True)
        run = journal.begin("entry")
        for number in range(10):
            journal.started(run, number, [number])
            journal.finished(run, number, [OK])
        journal.close()
        # Twice, or once for both, or more often when the machine is slow.
        assert set(threads) == {"sync"}
        with pytest.raises(OSError):
            journal.begin("late")
