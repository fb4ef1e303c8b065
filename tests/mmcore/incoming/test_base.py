"""Files that several write, and for whom."""

from __future__ import annotations

import fcntl
import threading

import pytest

from mmcore.interfaces.incoming import AnnouncedList, MailServerError

ANT = AnnouncedList("ant.example.com", "ant", "example.com")


class TestCatchingUp:
    @pytest.fixture
    def server(self, incoming, monkeypatch):
        """Each time it writes it waits until it may."""
        server = incoming("exim4")
        server.begun, server.may = [], threading.Semaphore(0)

        def regenerate(directory=None):
            server.begun.append(threading.get_ident())
            assert server.may.acquire(timeout=10)
            return ()

        monkeypatch.setattr(server, "regenerate", regenerate)
        return server

    def test_all_who_come_while_it_writes_share_what_is_written_next(self, server):
        first = threading.Thread(target=server.create, args=[ANT])
        first.start()
        while not server.begun:
            threading.Event().wait(0.001)
        later = [threading.Thread(target=server.delete, args=[ANT]) for _ in range(5)]
        for thread in later:
            thread.start()
        while server._changes < 6:
            threading.Event().wait(0.001)
        assert len(server.begun) == 1
        server.may.release(2)
        for thread in (first, *later):
            thread.join(10)
            assert not thread.is_alive()
        assert len(server.begun) == 2

    def test_a_change_after_it_has_begun_is_written_again(self, server):
        server.may.release(2)
        server.create(ANT)
        server.delete(ANT)
        assert len(server.begun) == 2

    def test_after_a_failure_the_next_change_is_written_all_the_same(
        self, incoming, lists, settings
    ):
        server = incoming("exim4")
        (settings.paths.data_dir / "exim4_lists.new").mkdir()
        lists("ant@example.com")
        with pytest.raises(MailServerError, match=r"exim4_lists: .*Is a directory"):
            server.create(ANT)
        (settings.paths.data_dir / "exim4_lists.new").rmdir()
        server.create(ANT)
        assert (settings.paths.data_dir / "exim4_lists").read_text() == (
            "ant@example.com: ant.example.com\n"
        )


class TestLock:
    def test_one_process_writes_at_a_time(self, incoming, settings, monkeypatch):
        monkeypatch.setattr("mmcore.incoming.base.PATIENCE", 0.05)
        server = incoming("exim4")
        with (settings.paths.lock_dir / "mta").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with pytest.raises(MailServerError, match=r"holds the lock .*mta for too long"):
                server.regenerate()
        assert server.regenerate()

    def test_what_is_written_is_read_when_the_lock_is_held(
        self, incoming, lists, settings, monkeypatch
    ):
        server = incoming("exim4")
        with (settings.paths.lock_dir / "mta").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            writer = threading.Thread(target=server.create, args=[ANT])
            writer.start()
            # What another process does before it gives the lock back.
            lists("ant@example.com")
        writer.join(10)
        assert "ant@example.com" in (settings.paths.data_dir / "exim4_lists").read_text()

    def test_a_lock_that_cannot_be_opened_is_named(self, incoming, settings):
        (settings.paths.lock_dir / "mta").mkdir()
        with pytest.raises(MailServerError, match=r"cannot open the lock .*mta"):
            incoming("exim4").regenerate()
