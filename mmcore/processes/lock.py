"""The lock that lets only one master serve a site.

The file is a hard-linked claim of `flufl.lock`, so it also works on NFS and
between hosts.  It has a lifetime and is refreshed while the master lives: when
a host dies for good, another may take over once the lock has expired.
"""

from __future__ import annotations

import fcntl
import glob
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path

import psutil
from flufl.lock import Lock, LockError, NotLockedError, TimeOutError

from mmcore.config import Settings
from mmcore.errors import MMCoreError

#: A lock older than this belongs to nobody any more.
LIFETIME = timedelta(days=1, hours=6)
#: Seconds between two refreshes by the master.
REFRESH_EVERY = 24 * 60 * 60
_TIMEOUT = timedelta(seconds=0.1)
#: File mode mask of every process: new files of ours are nobody else's business.
UMASK = 0o007
# How a master looks in the list of processes, before and after it has set its title.
_MASTER_MARKS = ("mmcore: master", "mmcore-master", "mmcore.master")


class LockState(Enum):
    """What the lock file says; the numbers are exit statuses of `mmcore status`."""

    none = 0
    conflict = 1
    stale_lock = 2
    host_mismatch = 3


class MasterLockError(MMCoreError):
    """The lock cannot be had; the text says why and what helps."""


@dataclass(frozen=True)
class LockInfo:
    """What is known about the holder of the lock."""

    state: LockState
    path: Path
    hostname: str = ""
    pid: int = 0
    our_hostname: str = ""

    def describe(self) -> str:
        """The state in a sentence."""
        match self.state:
            case LockState.none:
                return "mmcore is not running"
            case LockState.conflict:
                return f"mmcore is running (master pid {self.pid})"
            case LockState.stale_lock:
                return f"mmcore is not running, but left the lock of its master (pid {self.pid})"
            case LockState.host_mismatch:
                return (
                    f"mmcore seems to be running on another host: the lock says {self.hostname}"
                    f" (pid {self.pid}), this is {self.our_hostname}"
                )


def is_master(pid: int) -> bool:
    """Whether a live process of this host is the master of some engine."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        words = " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        # It lives and is not ours to look at: better to believe the lock.
        return True
    return any(mark in words for mark in _MASTER_MARKS)


def inspect(settings: Settings) -> LockInfo:
    """Look at the lock without touching it."""
    return _inspect(Lock(str(settings.paths.lock_file)))


def _inspect(lock: Lock) -> LockInfo:
    path = Path(lock.lockfile)
    try:
        hostname, pid, _ = lock.details
    except NotLockedError:
        # Either there is none, or its content was lost in a crash of the host.
        return LockInfo(LockState.stale_lock if path.exists() else LockState.none, path)
    if hostname != lock.hostname:
        state = LockState.host_mismatch
    elif is_master(pid):
        state = LockState.conflict
    else:
        state = LockState.stale_lock
    return LockInfo(state, path, hostname, pid, lock.hostname)


class MasterLock:
    """The lock, as its future holder sees it."""

    def __init__(self, settings: Settings) -> None:
        self._lock = Lock(str(settings.paths.lock_file), lifetime=LIFETIME)

    def acquire(self, force: bool = False) -> None:
        """Take the lock; `force` breaks one that no living master holds.

        Raises MasterLockError.
        """
        with self._guarded():
            info = _inspect(self._lock)
            if info.state is LockState.conflict:
                raise MasterLockError(f"{info.describe()}; `mmcore stop` would stop it")
            if info.state is not LockState.none:
                if not force:
                    raise MasterLockError(
                        f"{info.describe()}.  If that is over, start with --force:"
                        f" it removes {info.path}"
                    )
                self._break()
            try:
                self._lock.lock(timeout=_TIMEOUT)
            except TimeOutError:
                info = _inspect(self._lock)
                raise MasterLockError(f"the lock was taken meanwhile: {info.describe()}") from None

    def refresh(self) -> bool:
        """Begin another lifetime; False when the lock has been taken from us."""
        try:
            self._lock.refresh()
        except LockError:
            return False
        return True

    def release(self) -> None:
        """Give the lock back, if it is still ours."""
        self._lock.unlock(unconditionally=True)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Let one process of this host at a time look and then act."""
        with open(f"{self._lock.lockfile}.guard", "a", encoding="ascii") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield

    def _break(self) -> None:
        """Remove the lock and all claims to it that dead processes left."""
        claims = glob.glob(glob.escape(self._lock.lockfile) + "|*")
        for path in (self._lock.lockfile, *claims):
            with suppress(FileNotFoundError):
                os.unlink(path)
