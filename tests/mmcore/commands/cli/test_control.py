"""`mmcore start`, `stop`, `restart`, `reopen` and `status`, with a real engine."""

import errno
import json
import os
import signal
import time

import pytest

from mmcore.config import load
from mmcore.processes.lock import MasterLock


@pytest.fixture
def started(mmcore):
    """An engine in the background."""
    result = mmcore("start")
    assert result.exit_code == 0, result.output
    yield result
    mmcore("stop")


class TestStart:
    def test_it_says_where_things_are(self, started):
        assert "LMTP" in started.output
        assert "curl -u restadmin:restpass" in started.output

    def test_status_knows_it(self, mmcore, started):
        result = mmcore("status")
        assert result.exit_code == 1
        assert result.output.startswith("mmcore is running (master pid ")
        assert json.loads(mmcore("status", "--json").output)["state"] == "conflict"

    def test_a_second_one_is_refused(self, mmcore, started):
        result = mmcore("start", "--force")
        assert result.exit_code == 1
        assert "is running" in result.stderr

    def test_why_it_did_not_start(self, mmcore, ini):
        ini.write_text(ini.read_text() + "[antispam]\njump_chain = nope\n")
        result = mmcore("start")
        if result.exit_code == 0:
            # It held the lock for a moment; the console says what came then.
            console = load(ini).paths.log_dir / "console.log"
            deadline = time.monotonic() + 20
            while "nope" not in console.read_text() and time.monotonic() < deadline:
                time.sleep(0.05)
            assert "nope" in console.read_text()
        else:
            assert "nope" in result.stderr

    def test_lock_left_behind_needs_force(self, mmcore, ini):
        settings = load(ini)
        settings.ensure_dirs()
        lock = settings.paths.lock_file
        lock.write_text(f"{lock}|elsewhere.example.com|1|1")
        assert mmcore("status").exit_code == 3
        result = mmcore("start")
        assert result.exit_code == 1
        assert "--force" in result.stderr
        assert mmcore("start", "--force", "-q").output == ""
        assert mmcore("stop", "-q").exit_code == 0


class TestStop:
    def test_stops_and_waits(self, mmcore, started):
        assert mmcore("stop").output.startswith("Stopping mmcore (master pid ")
        assert mmcore("status").output == "mmcore is not running\n"

    @pytest.mark.parametrize("name", ["stop", "restart", "reopen"])
    def test_nothing_to_signal(self, mmcore, name):
        result = mmcore(name)
        assert result.exit_code == 0
        assert "not running" in result.stderr

    def test_pid_file_of_a_dead_master_is_removed(self, mmcore, ini):
        settings = load(ini)
        settings.ensure_dirs()
        settings.paths.pid_file.write_text("1\n")
        assert "is gone" in mmcore("stop").stderr
        assert not settings.paths.pid_file.exists()

    def test_pid_file_that_is_none(self, mmcore, ini):
        settings = load(ini)
        settings.ensure_dirs()
        settings.paths.pid_file.write_text("garbage")
        result = mmcore("stop")
        assert result.exit_code == 0
        assert "cannot read" in result.stderr


class TestSignals:
    def test_restart_says_itself_what_is_wrong_with_the_settings(self, mmcore, ini):
        ini.write_text(ini.read_text() + "[archiver.x]\nenable = yes\n")
        result = mmcore("restart")
        assert result.exit_code == 1
        assert "[archiver.x] there is no archiver 'x'" in result.stderr

    def test_restart_and_reopen_signal_the_master(self, mmcore, ini, monkeypatch):
        settings = load(ini)
        settings.ensure_dirs()
        settings.paths.pid_file.write_text(f"{os.getpid()}\n")
        monkeypatch.setattr("mmcore.commands.control.is_master", lambda pid: True)
        got = []
        for signum in (signal.SIGUSR1, signal.SIGHUP):
            previous = signal.signal(signum, lambda number, frame: got.append(number))
            try:
                assert mmcore("restart" if signum == signal.SIGUSR1 else "reopen").exit_code == 0
            finally:
                signal.signal(signum, previous)
        assert got == [signal.SIGUSR1, signal.SIGHUP]


class TestStatus:
    def test_what_cannot_be_told_is_status_4(self, mmcore, ini, monkeypatch):
        def refuse(settings):
            raise PermissionError(errno.EACCES, "Permission denied", "master.lck")

        monkeypatch.setattr("mmcore.commands.cli.status.inspect", refuse)
        assert mmcore("status").exit_code == 4
        ini.write_text("[mta]\nnonsense = 1\n")
        result = mmcore("status")
        assert result.exit_code == 4
        assert "there is no such setting" in result.stderr

    def test_stale_lock_is_status_2(self, mmcore, ini):
        settings = load(ini)
        settings.ensure_dirs()
        # We hold it, but do not look like a master.
        lock = MasterLock(settings)
        lock.acquire()
        assert mmcore("status").exit_code == 2
        lock.release()
