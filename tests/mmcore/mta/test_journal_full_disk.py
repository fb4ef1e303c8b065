"""The journal on a disk that is full: nothing is begun, and nothing that was sent is forgotten."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mmcore.mta.journal import Journal, Reply, read_marks

OK = Reply(250, "2.0.0", "Ok")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out-0.journal"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path)
    yield journal
    journal.close()


@pytest.fixture
def full_disk(path: Path, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no room but for what the reserve takes up."""
    write = os.write

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def written(file: int, data: bytes) -> int:
        if file == journal._file and path.with_name(f"{path.name}.reserve").exists():
            full()
        return write(file, data)

    journal.started(journal.begin("a"), 1, [0, 1])
    monkeypatch.setattr(os, "write", written)
    monkeypatch.setattr(os, "posix_fallocate", full)


@pytest.mark.usefixtures("full_disk")
class TestFullDisk:
    def test_replies_to_what_was_begun_are_noted(self, journal: Journal, path: Path) -> None:
        journal.finished(1, 1, [OK, OK])
        marks = read_marks(path)["a"]
        assert (set(marks.done), marks.in_doubt) == ({0, 1}, set())

    def test_nothing_is_begun(self, journal: Journal, path: Path) -> None:
        with pytest.raises(OSError, match="No space"):
            journal.started(1, 2, [2])
        journal.finished(1, 1, [OK, OK])
        # Though there would be room now, it is for replies.
        with pytest.raises(OSError, match="No space"):
            journal.started(1, 3, [3])
        assert read_marks(path)["a"].in_doubt == set()

    def test_none_can_be_opened(self, path: Path) -> None:
        with pytest.raises(OSError, match="No space"):
            Journal(path)
