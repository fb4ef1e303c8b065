"""The lock of the master: its four states, and what --force may do."""

import os
import subprocess
import sys
from contextlib import contextmanager

import pytest

from mmcore.config import Settings
from mmcore.processes.lock import LockState, MasterLock, MasterLockError, inspect, is_master

# Looks like a master in the list of processes, takes the lock, waits.
HOLDER = """
import sys
from mmcore.config import Settings
from mmcore.processes.lock import MasterLock
lock = MasterLock(Settings.defaults(sys.argv[1]))
lock.acquire()
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path):
    settings = Settings.defaults(tmp_path)
    settings.ensure_dirs()
    return settings


@contextmanager
def another_holder(settings, name):
    """Another process that holds the lock."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(settings.paths.var_dir), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout.readline() == "locked\n"
        yield process
        process.kill()


def leave_a_lock(settings):
    """The lock of a process that was killed."""
    with another_holder(settings, "mmcore-master") as process:
        pass
    return process.pid


def write_lock(settings, host, pid):
    path = settings.paths.lock_file
    path.write_text(f"{path}|{host}|{pid}|1", encoding="ascii")


class TestStates:
    def test_none(self, settings):
        info = inspect(settings)
        assert info.state is LockState.none
        assert info.describe() == "mmcore is not running"

    def test_conflict_while_a_master_lives(self, settings):
        with another_holder(settings, "mmcore-master") as process:
            info = inspect(settings)
            assert info.state is LockState.conflict
            assert str(process.pid) in info.describe()

    def test_stale_when_the_master_is_gone(self, settings):
        pid = leave_a_lock(settings)
        info = inspect(settings)
        assert (info.state, info.pid) == (LockState.stale_lock, pid)
        assert "left the lock" in info.describe()

    def test_stale_when_the_pid_is_another_program_now(self, settings):
        with another_holder(settings, "something-else"):
            assert inspect(settings).state is LockState.stale_lock

    def test_host_mismatch(self, settings):
        write_lock(settings, "elsewhere.example.com", 1)
        info = inspect(settings)
        assert info.state is LockState.host_mismatch
        assert "elsewhere.example.com" in info.describe()

    def test_stale_when_the_content_was_lost(self, settings):
        settings.paths.lock_file.touch()
        assert inspect(settings).state is LockState.stale_lock


class TestMasterLock:
    def test_taken_refreshed_and_given_back(self, settings):
        lock = MasterLock(settings)
        lock.acquire()
        before = settings.paths.lock_file.stat().st_mtime
        os.utime(settings.paths.lock_file, (0, 0))
        assert lock.refresh()
        assert settings.paths.lock_file.stat().st_mtime >= before
        lock.release()
        assert inspect(settings).state is LockState.none

    def test_lives_longer_than_a_day(self, settings):
        lock = MasterLock(settings)
        lock.acquire()
        stat = settings.paths.lock_file.stat()
        assert stat.st_mtime - stat.st_ctime == pytest.approx(30 * 3600, abs=5)
        lock.release()

    def test_losing_it_is_noticed(self, settings):
        lock = MasterLock(settings)
        lock.acquire()
        settings.paths.lock_file.unlink()
        write_lock(settings, "elsewhere.example.com", 1)
        assert not lock.refresh()
        lock.release()
        assert settings.paths.lock_file.exists()

    def test_a_living_master_is_never_pushed_aside(self, settings):
        with another_holder(settings, "mmcore-master"):
            for force in (False, True):
                with pytest.raises(MasterLockError, match="is running"):
                    MasterLock(settings).acquire(force)

    def test_a_stale_lock_needs_force(self, settings):
        leave_a_lock(settings)
        with pytest.raises(MasterLockError, match="--force"):
            MasterLock(settings).acquire()
        lock = MasterLock(settings)
        lock.acquire(force=True)
        assert inspect(settings).pid == os.getpid()
        lock.release()
        assert not list(settings.paths.lock_dir.glob("master.lck|*"))

    def test_the_lock_of_another_host_needs_force(self, settings):
        write_lock(settings, "elsewhere.example.com", 1)
        with pytest.raises(MasterLockError, match="another host"):
            MasterLock(settings).acquire()
        lock = MasterLock(settings)
        lock.acquire(force=True)
        lock.release()


class TestIsMaster:
    def test_nobody_is_not(self):
        with subprocess.Popen([sys.executable, "-c", ""]) as process:
            process.wait()
        assert not is_master(process.pid)

    def test_we_are_not(self):
        assert not is_master(os.getppid())
