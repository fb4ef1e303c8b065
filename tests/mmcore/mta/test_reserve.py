"""Room for what has to be written when the disk is full."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mmcore.mta.reserve import SIZE, Reserve


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reserve"


def full(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


class TestReserve:
    def test_it_takes_up_room_until_it_is_given_up(self, path: Path) -> None:
        reserve = Reserve(path)
        reserve.make()
        reserve.make()
        assert path.stat().st_size == SIZE
        assert path.stat().st_blocks * 512 >= SIZE
        assert reserve.give_up()
        assert not path.exists()
        assert not reserve.give_up()

    def test_without_room_there_is_none(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "posix_fallocate", full)
        reserve = Reserve(path)
        with pytest.raises(OSError, match="No space"):
            reserve.make()
        assert path.stat().st_size == 0
        assert not reserve.give_up()

    def test_that_of_a_predecessor_is_kept_though_there_is_no_room_besides(
        self, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Reserve(path).make()
        monkeypatch.setattr(os, "posix_fallocate", full)
        with pytest.raises(OSError, match="No space"):
            Reserve(path).make()
        assert path.stat().st_size == SIZE
