"""What one process of the engine does between its birth and its exit status."""

from __future__ import annotations

import fcntl
import logging
import signal
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import setproctitle

from mmcore.app import runner_class
from mmcore.config import Settings
from mmcore.errors import ConfigurationError, MMCoreError, StorageUnavailableError
from mmcore.settings_schema import RUNNER_NAMES, UNDIVIDED_RUNNERS

log = logging.getLogger("mmcore.runner")

#: A runner that can never work exits like one that was told to stop, so that
#: the master does not try again.
EXIT_USELESS = int(signal.SIGTERM)
#: Seconds that a new process waits for the previous one of its slice to die.
SLICE_WAIT = 10.0
#: Most slices that a queue can be divided into.
SLICES = 256


def quieten() -> None:
    """Keep from the terminal what only Pyramid could mend: it imports pkg_resources."""
    warnings.filterwarnings("ignore", "pkg_resources is deprecated as an API", UserWarning)


class SliceBusyError(MMCoreError):
    """Another process serves the slice."""


@dataclass(frozen=True)
class RunnerSpec:
    """One slice of a runner, as in `in:0:1` (the first and only one)."""

    name: str
    slice_: int = 0
    range_: int = 1

    @classmethod
    def parse(cls, text: str) -> RunnerSpec:
        """Read `name` or `name:slice:range`; raises ConfigurationError."""
        name, *numbers = text.split(":")
        spec = cls(name)
        if numbers:
            try:
                slice_, range_ = map(int, numbers)
            except ValueError:
                raise ConfigurationError(
                    f"{text!r} is not a runner: expected NAME or NAME:SLICE:RANGE"
                ) from None
            if not 0 <= slice_ < range_ <= SLICES or range_ & (range_ - 1):
                raise ConfigurationError(
                    f"{text!r}: the range must be a power of two, at most {SLICES},"
                    " and the slice a number below it, from 0"
                )
            spec = cls(name, slice_, range_)
        if name not in RUNNER_NAMES:
            raise ConfigurationError(
                f"there is no runner {name!r}; known are {' '.join(RUNNER_NAMES)}"
            )
        if name in UNDIVIDED_RUNNERS and spec.range_ != 1:
            raise ConfigurationError(f"{text!r}: the runner {name} cannot be divided into slices")
        return spec

    def __str__(self) -> str:
        return f"{self.name}:{self.slice_}:{self.range_}"


@contextmanager
def serving(settings: Settings, spec: RunnerSpec, wait: float = SLICE_WAIT) -> Iterator[None]:
    """Hold the lock of a slice: two processes must never take from it at once.

    Each of the 256 bytes of a file stands for a part of the hash space, so two
    slices that overlap exclude each other even when the number of instances
    has changed.  A predecessor that is about to die gets `wait` seconds for
    it; the kernel frees the lock with the process.  Raises SliceBusyError.
    """
    path = settings.paths.lock_dir / f"runner.{spec.name}.lock"
    width = SLICES // spec.range_
    give_up = time.monotonic() + wait
    with open(path, "ab") as lock:
        while True:
            try:
                fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB, width, spec.slice_ * width)
            except (BlockingIOError, PermissionError):  # POSIX allows either
                if time.monotonic() >= give_up:
                    raise SliceBusyError(
                        f"another process serves {spec} (it locks {path}); see `ps ax`"
                    ) from None
                time.sleep(0.05)
            else:
                break
        yield


def run_runner(
    settings: Settings, name: str, slice_: int = 0, range_: int = 1, under_master: bool = False
) -> int:
    """Be one runner until it is told to stop; returns the exit status.

    A mistake in the configuration is not mended by trying again, so under the
    master the status then is `EXIT_USELESS`; alone the error is raised.
    Raises SliceBusyError when not under the master, StorageUnavailableError.
    """
    spec = RunnerSpec(name, slice_, range_)
    setproctitle.setproctitle(f"mmcore-runner -r {spec}")
    try:
        cls = runner_class(name, settings)
        with serving(settings, spec):
            return int(cls(settings, slice_, range_).run())
    except (SliceBusyError, StorageUnavailableError) as error:
        if not under_master:
            raise
        log.error("%s: %s", spec, error)
        return 1
    except MMCoreError as error:
        if not under_master:
            raise
        log.error("%s cannot run: %s", spec, error)
        return EXIT_USELESS
