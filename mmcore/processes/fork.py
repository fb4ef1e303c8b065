"""Forking a child of the master that shares its memory.

The child never returns into the master's code: it runs one function and ends
without unwinding the stack, so that nothing the master would clean up (its
lock, its pid file) is cleaned up twice.
"""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType

from mmcore import logs

log = logging.getLogger("mmcore.master")

#: Signals that mean something to the master; a child begins without handlers.
MASTER_SIGNALS = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGUSR1,
    signal.SIGALRM,
    signal.SIGCHLD,
)
_PR_SET_PDEATHSIG = 1


def _reopen(signum: int, frame: FrameType | None) -> None:
    logs.reopen()


def fork(main: Callable[[], int]) -> int:
    """Start a process that runs `main` and exits with what it returns.

    Returns its pid.  The child is in a process group of its own, so a Ctrl-C
    at the terminal reaches the master alone, which then stops its children in
    the right order.
    """
    master = os.getpid()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # A signal between the fork and the reset of the handlers must not vanish.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, MASTER_SIGNALS)
    pid = os.fork()
    if pid == 0:
        _live(main, master)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return pid


def _die_with(parent: int) -> None:
    """Ask the kernel for SIGTERM when the parent ends, however it ends.

    Only Linux can do that; elsewhere the lock of the slice has to suffice.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        # It ended before the kernel had been asked.
        os._exit(signal.SIGTERM)


def _live(main: Callable[[], int], master: int) -> None:
    """Run `main` and end the process."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for signum in MASTER_SIGNALS:
            signal.signal(signum, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, _reopen)
        os.setpgid(0, 0)
        _die_with(master)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, MASTER_SIGNALS)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        status = main()
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        error = sys.exc_info()
        if error[1] is not None:
            log.critical("the process %d fails", os.getpid(), exc_info=error)
        logging.shutdown()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(status & 0xFF)
