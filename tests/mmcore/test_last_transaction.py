"""The number of the last commit, as other processes see it."""

from __future__ import annotations

import os

import pytest

from mmcore.last_transaction import SIZE, LastTransaction


class Storage:
    def __init__(self):
        self.tid = b"\0" * 7 + b"\1"

    def lastTransaction(self):
        return self.tid

    def tpc_finish(self, transaction, f=None):
        self.tid = transaction
        return self.tid


@pytest.fixture
def path(tmp_path):
    return tmp_path / "zeo.last"


class TestLastTransaction:
    def test_before_anything_was_committed_it_is_zero(self, path):
        assert LastTransaction(path).read() == bytes(SIZE)
        assert path.stat().st_size == SIZE

    def test_others_see_it_at_once(self, path):
        reader, writer = LastTransaction(path), LastTransaction(path)
        writer.publish(b"12345678")
        assert reader.read() == b"12345678"
        assert LastTransaction(path).read() == b"12345678"

    def test_it_follows_a_storage(self, path):
        reader, storage = LastTransaction(path), Storage()
        LastTransaction(path).follow(storage)
        assert reader.read() == storage.tid
        assert storage.tpc_finish(b"\0" * 6 + b"\1\1") == storage.tid
        assert reader.read() == b"\0" * 6 + b"\1\1"

    def test_a_new_server_writes_into_the_page_that_clients_have(self, path):
        reader = LastTransaction(path)
        inode = path.stat().st_ino
        for tid in (b"aaaaaaaa", b"bbbbbbbb"):
            LastTransaction(path).publish(tid)
            assert reader.read() == tid
        assert path.stat().st_ino == inode

    def test_nobody_else_may_touch_it(self, path):
        LastTransaction(path)
        assert os.stat(path).st_mode & 0o007 == 0
