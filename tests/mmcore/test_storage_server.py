"""The storage server: what it does for its clients, and what its death does to them."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import socket
import time

import pytest
from ZODB.FileStorage import FileStorage
from ZODB.utils import u64

from mmcore.app import open_site
from mmcore.config import Settings
from mmcore.errors import StorageUnavailableError
from mmcore.storage_server import is_served, pass_over_ids, serve_zeo

fork = multiprocessing.get_context("fork")


@pytest.fixture
def zeo(settings: Settings):
    """A real storage server in a process of its own; call it for another one."""
    started = []

    def start():
        process = fork.Process(target=serve_zeo, args=(settings,))
        process.start()
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.join()


def insist(session, work, seconds=10.0):
    """Run a unit of work as runners do: again, until the storage is back."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return session.run(work)
        except StorageUnavailableError:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_whoever_may_not_ask_does_not_start_another(settings, monkeypatch):
    class Socket(socket.socket):
        def connect(self, address):
            raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("mmcore.storage_server.socket.socket", Socket)
    with pytest.raises(StorageUnavailableError, match=r"zeo\.sock: Permission denied; .* as the"):
        is_served(settings)


class TestServer:
    def test_what_one_process_commits_another_sees_at_once(self, settings, zeo):
        zeo()
        one, two = open_site(settings), open_site(settings)
        first, second = one.session(), two.session()
        for number in range(30):
            first.run(lambda site, number=number: site.domains.add(f"d{number}.example.com"))
            assert second.begin().domains.get(f"d{number}.example.com") is not None
            second.abort()
        for thing in (first, second, one, two):
            thing.close()

    def test_conflicts_are_resolved_by_the_server_which_knows_our_classes(self, settings, zeo):
        zeo()
        one, two = open_site(settings), open_site(settings)
        first, second = one.session(), two.session()
        first.begin().queues["in"].create("1.0+a1", "c", None, {})
        second.begin().queues["in"].create("2.0+a2", "c", None, {})
        first.commit()
        second.commit()
        assert first.begin().queues["in"].names() == ["1.0+a1", "2.0+a2"]
        for thing in (first, second, one, two):
            thing.close()

    def test_ids_that_clients_kept_are_not_given_to_others_by_the_next_server(self, settings, zeo):
        server = zeo()
        one = open_site(settings)
        first = one.session()
        # The first id comes with a hundred that are kept.
        kept = first.connection.new_oid()
        os.kill(server.pid, signal.SIGKILL)
        server.join()
        zeo()
        insist(first, lambda site: site.domains.add("after.example.com"))
        two = open_site(settings)
        second = two.session()
        given = {second.connection.new_oid() for _ in range(300)}
        assert given.isdisjoint({kept, *(first.connection.new_oid() for _ in range(80))})
        for thing in (first, second, one, two):
            thing.close()

    def test_ids_go_on_when_the_clock_was_set_back(self, settings, monkeypatch, tmp_path):
        storage = FileStorage(str(tmp_path / "Data.fs"))
        pass_over_ids(storage)
        last = storage.new_oid()
        monkeypatch.setattr("mmcore.storage_server.time.time_ns", lambda: 0)
        pass_over_ids(storage)
        assert u64(storage.new_oid()) > u64(last) + 1000
        storage.close()

    def test_a_killed_server_loses_nothing_and_clients_come_back(self, settings, zeo):
        server = zeo()
        database = open_site(settings)
        session = database.session()
        session.run(lambda site: site.domains.add("before.example.com"))
        os.kill(server.pid, signal.SIGKILL)
        server.join()
        zeo()
        insist(session, lambda site: site.domains.add("after.example.com"))
        assert list(session.begin().domains) == ["after.example.com", "before.example.com"]
        session.close()
        database.close()

    def test_a_second_server_stands_by_and_takes_over(self, settings, zeo):
        first = zeo()
        database = open_site(settings)
        second = zeo()
        time.sleep(0.3)
        assert second.is_alive()
        os.kill(first.pid, signal.SIGTERM)
        first.join(5)
        assert first.exitcode == 0
        session = database.session()
        insist(session, lambda site: site.domains.add("example.com"))
        session.close()
        database.close()
