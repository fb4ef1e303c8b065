"""Files that are replaced as a whole."""

from __future__ import annotations

import os

import pytest

from mmcore.incoming.maps import MapFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "map"


class TestMapFile:
    def test_a_new_one_is_readable_for_a_mail_server_that_is_somebody_else(self, path):
        previous = os.umask(0o077)
        try:
            assert MapFile(path, [b"a b\n", b"c d\n"]).update()
        finally:
            os.umask(previous)
        assert path.read_bytes() == b"a b\nc d\n"
        assert path.stat().st_mode & 0o777 == 0o644

    def test_the_same_text_touches_nothing(self, path):
        MapFile(path, [b"a b\n", b"c d\n"]).update()
        inode = path.stat().st_ino
        assert not MapFile(path, [b"a b\nc ", b"d\n"]).update()
        assert path.stat().st_ino == inode

    @pytest.mark.parametrize("text", [b"", b"a b\nc D\n", b"a b\n", b"a b\nc d\ne f\n"])
    def test_another_text_replaces_it(self, path, text):
        path.write_bytes(text)
        assert MapFile(path, [b"a b\n", b"c d\n"]).update()
        assert path.read_bytes() == b"a b\nc d\n"

    def test_it_is_on_the_disk_before_it_is_seen(self, path, monkeypatch):
        done = []
        monkeypatch.setattr(os, "fsync", lambda fd: done.append("fsync"))
        monkeypatch.setattr(os, "replace", lambda *paths: done.append("replace"))
        MapFile(path, [b"a b\n"]).update()
        assert done == ["fsync", "replace"]

    def test_when_it_cannot_be_written_the_old_one_stays(self, path, monkeypatch):
        path.write_bytes(b"old\n")

        def full(fd):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            MapFile(path, [b"new\n"]).update()
        assert path.read_bytes() == b"old\n"
        assert list(path.parent.iterdir()) == [path]

    def test_one_that_is_not_wanted_goes(self, path):
        path.write_bytes(b"old\n")
        assert MapFile(path, None).update()
        assert not path.exists()
        assert not MapFile(path, None).update()
