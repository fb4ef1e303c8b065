"""Messages in the content store: durable, immutable, swept when nobody needs them."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.queue import content
from mmcore.queue.content import ContentStore
from mmcore.queue.segment import read_records


@pytest.fixture
def store(tmp_path: Path):
    store = ContentStore(tmp_path / "content", "test-0")
    yield store
    store.close()


def other(store: ContentStore) -> ContentStore:
    """The store as another process sees it."""
    return ContentStore(store.directory, "other-0")


class TestSegments:
    def test_what_is_put_can_be_read_by_every_process(self, store):
        refs = [store.put(data) for data in (b"", b"one", b"x" * 100_000)]
        store.sync()
        assert [other(store).get(ref) for ref in refs] == [b"", b"one", b"x" * 100_000]

    def test_metadata_stands_beside_the_data_and_is_not_part_of_it(self, store):
        ref, segment, end = store.append({"a": 1}, [b"text"])
        assert store.get(ref) == b"text"
        [(offset, stop, meta, size)] = read_records(store.directory / segment)
        assert (offset, stop, meta, size) == (0, end, {"a": 1}, 4)

    @settings(max_examples=30, deadline=None)
    @given(texts=st.lists(st.binary(max_size=60), min_size=1, max_size=5), data=st.data())
    def test_a_torn_file_yields_exactly_its_whole_records(self, tmp_path_factory, texts, data):
        store = ContentStore(tmp_path_factory.mktemp("c"), "test-0")
        ends = [store.append({"n": n}, [text])[2] for n, text in enumerate(texts)]
        [path] = store.segments()
        store.close()
        cut = data.draw(st.integers(0, ends[-1]))
        path.write_bytes(path.read_bytes()[:cut])
        read = [meta["n"] for _, _, meta, _ in read_records(path)]
        assert read == [n for n, end in enumerate(ends) if end <= cut]

    def test_damage_is_noticed(self, store):
        ref = store.put(b"precious")
        [path] = store.segments()
        path.write_bytes(path.read_bytes().replace(b"precious", b"worthles"))
        with pytest.raises(UnreadableEntryError, match="damaged"):
            store.get(ref)

    @pytest.mark.parametrize(
        "ref", ["s:none.seg:0:3", "k:00", "nonsense", "s:a:b:c", "s:../x:0:1"]
    )
    def test_a_reference_to_nothing_is_unreadable(self, store, ref):
        with pytest.raises(UnreadableEntryError):
            store.get(ref)


class Disk:
    """Stands for calls to the operating system that fail when it is full."""

    def __init__(self, monkeypatch, name):
        self.full = False
        self.call = getattr(os, name)
        monkeypatch.setattr(f"mmcore.queue.segment.os.{name}", self)

    def __call__(self, fd, *data):
        if not self.full:
            return self.call(fd, *data)
        if data:
            # Half of it fits.
            [pieces] = data
            self.call(fd, [b"".join(pieces)[: sum(map(len, pieces)) // 2]])
        raise OSError(errno.ENOSPC, "disk full")


class TestDiskFull:
    def test_a_torn_record_does_not_shift_what_follows(self, store, monkeypatch):
        disk = Disk(monkeypatch, "writev")
        before = store.append({"n": 1}, [b"before"])[0]
        disk.full = True
        with pytest.raises(OSError, match="disk full"):
            store.append({"n": 2}, [b"x" * 1000])
        disk.full = False
        after = store.append({"n": 3}, [b"after"])[0]
        store.sync()
        assert [other(store).get(ref) for ref in (before, after)] == [b"before", b"after"]
        [path] = store.segments()
        assert [meta["n"] for _, _, meta, _ in read_records(path)] == [1, 3]

    def test_what_did_not_reach_the_disk_is_never_found_again(self, store, monkeypatch):
        disk = Disk(monkeypatch, "fdatasync")
        kept = store.append({"n": 1}, [b"durable"])[0]
        store.sync()
        store.append({"n": 2}, [b"lost"])
        disk.full = True
        with pytest.raises(OSError, match="disk full"):
            store.sync()
        disk.full = False
        after = store.append({"n": 3}, [b"after"])[0]
        store.sync()
        assert [other(store).get(ref) for ref in (kept, after)] == [b"durable", b"after"]
        found = [meta["n"] for path in store.segments() for _, _, meta, _ in read_records(path)]
        assert found == [1, 3]

    def test_a_failed_sync_is_the_failure_of_every_thread_that_wrote(self, store, monkeypatch):
        disk = Disk(monkeypatch, "fdatasync")
        store.put(b"mine")
        disk.full = True

        def theirs():
            store.put(b"theirs")
            with pytest.raises(OSError, match="disk full"):
                store.sync()

        thread = threading.Thread(target=theirs)
        thread.start()
        thread.join()
        disk.full = False
        with pytest.raises(OSError, match="did not reach the disk"):
            store.sync()
        store.put(b"again")
        store.sync()


class TestKeeping:
    def test_a_kept_copy_outlives_its_segment(self, store):
        kept = store.keep(store.put(b"held"))
        for path in store.segments():
            path.unlink()
        assert other(store).get(kept) == b"held"

    def test_the_same_bytes_are_kept_once(self, store):
        first, second = store.put_kept(b"same"), store.put_kept(b"same")
        assert first == second == store.keep(first)
        assert list(store.references()) == [first]


class TestSweeping:
    def test_segments_without_a_live_reference_go(self, store):
        dead = store.put(b"dead")
        store.close()
        live = store.put(b"live")
        store.close()
        assert store.sweep({live}, grace=0) > 0
        assert store.get(live) == b"live"
        with pytest.raises(UnreadableEntryError):
            other(store).get(dead)

    def test_a_segment_that_is_being_written_stays(self, store):
        ref = store.put(b"not committed yet")
        assert other(store).sweep(set(), grace=0) == 0
        assert store.get(ref) == b"not committed yet"

    def test_what_is_young_stays(self, store):
        store.put(b"young")
        store.put_kept(b"young too")
        store.close()
        assert store.sweep(set()) == 0

    def test_a_segment_with_mail_not_yet_in_a_queue_stays(self, store):
        store.put(b"accepted")
        store.close()
        [path] = store.segments()
        assert store.sweep(set(), pending={path.name}, grace=0) == 0

    def test_what_is_needed_again_while_it_is_swept_stays(self, store, monkeypatch):
        ref = store.put_kept(b"needed again")
        [path] = store.directory.glob("kept/??/*")
        os.utime(path, (0, 0))
        looks = []

        def old(path, grace):
            # Right after the sweeper's first look, somebody keeps the same bytes.
            if looks.append(path) is None and len(looks) == 1:
                assert real(path, grace)
                assert other(store).put_kept(b"needed again") == ref
                return True
            return real(path, grace)

        real = content._old
        monkeypatch.setattr(content, "_old", old)
        assert store.sweep(set(), grace=3600) == 0
        assert store.get(ref) == b"needed again"

    def test_kept_files_go_when_nobody_needs_them(self, store):
        store.put_kept(b"done")
        needed = store.put_kept(b"needed")
        store.sweep({needed}, grace=0)
        assert list(store.references()) == [needed]
