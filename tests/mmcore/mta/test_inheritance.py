"""Marks of other instances, after their number was changed."""

from __future__ import annotations

from mmcore.mta.inheritance import inherit
from mmcore.mta.journal import Journal, Reply

OK = Reply(250, "2.0.0", "Ok")


def note(path, name, done, doubtful):
    journal = Journal(path)
    number = journal.begin(name)
    if done:
        journal.started(number, 1, done)
        journal.finished(number, 1, [OK] * len(done))
    if doubtful:
        journal.started(number, 2, doubtful)
    journal.close()


class TestInherit:
    def test_done_and_in_doubt(self, tmp_path):
        note(tmp_path / "out-1.journal", "1.0+aa", [0, 2], [1])
        note(tmp_path / "out-2.journal", "2.0+bb", [0], [])
        path = tmp_path / "out-0.journal"
        journal = Journal(path)
        inherit(journal, path, {"1.0+aa"})
        marks = journal.recall("1.0+aa")
        assert (set(marks.done), marks.in_doubt) == ({0, 2}, {1})
        assert journal.recall("2.0+bb") is None
        size = path.stat().st_size
        # What is known already is not written again.
        inherit(journal, path, {"1.0+aa"})
        assert path.stat().st_size == size
        journal.close()

    def test_doubt_is_inherited_though_it_ended_before_that(self, tmp_path):
        note(tmp_path / "out-1.journal", "1.0+aa", [0, 2], [1])
        path = tmp_path / "out-0.journal"
        note(path, "1.0+aa", [0, 2], [])
        journal = Journal(path)
        inherit(journal, path, {"1.0+aa"})
        assert journal.recall("1.0+aa").in_doubt == {1}
        journal.close()

    def test_what_was_begun_is_finished(self, tmp_path):
        note(tmp_path / "out-1.journal", "1.0+aa", [0, 2], [])
        path = tmp_path / "out-0.journal"
        note(path, "1.0+aa", [0], [])
        journal = Journal(path)
        journal.load()
        inherit(journal, path, {"1.0+aa"})
        assert set(journal.recall("1.0+aa").done) == {0, 2}
        journal.close()
