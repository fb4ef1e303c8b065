"""The loop of the master: start, watch, restart and stop children.

It is small and dumb on purpose: no message ever passes through it, it opens no
database and starts no thread, so there is little in it that could fail.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from mmcore import logs
from mmcore.processes.fork import MASTER_SIGNALS, fork
from mmcore.processes.lock import REFRESH_EVERY
from mmcore.processes.policy import Ending, RestartPolicy

log = logging.getLogger("mmcore.master")

#: Seconds that children get to end before they are killed.
PATIENCE = 10.0
#: Seconds that runners wait at most for the storage server before they start.
#: A client that comes too early tries again only after a second.
HEAD_START = 1.0


@dataclass
class Child:
    """One process to keep alive.  The storage server outlives the runners."""

    name: str
    main: Callable[[], int]
    policy: RestartPolicy
    is_server: bool = False
    pid: int | None = None
    started: float = 0.0
    #: When it is to be started again, or None.
    due: float | None = 0.0


class Supervisor:
    """Keeps children alive until it is told to stop.

    `refresh` is called once a day and returns False when the lock is lost;
    `may_restart` is asked before SIGUSR1 ends everything, `ready` is called
    with each name that a child reports.
    """

    def __init__(
        self,
        children: Iterable[Child],
        *,
        restart: bool = True,
        refresh: Callable[[], bool] = lambda: True,
        may_restart: Callable[[], bool] = lambda: True,
        ready: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.children = list(children)
        self.restart = restart
        #: Whether everything has ended in order to be started again.
        self.starting_over = False
        self._refresh = refresh
        self._may_restart = may_restart
        self._ready = ready
        self._signals: list[int] = []
        self._stopping = False
        self._server_told = False
        self._deadline = 0.0
        self._gave_up = False
        self._start_runners_at = 0.0
        self._ready_in, self._ready_out = os.pipe()
        os.set_blocking(self._ready_in, False)

    def report_ready(self, name: str) -> None:
        """Tell the master that a runner serves; called in the child."""
        with suppress(OSError):
            os.write(self._ready_out, f"{name}\n".encode())

    def run(self) -> int:
        """Work until no child is left; returns the exit status.

        That is 1 when the runners have ended too often, else 0.
        """
        waker, wakened = socket.socketpair()
        for end in (waker, wakened):
            end.setblocking(False)
        signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        for signum in MASTER_SIGNALS:
            signal.signal(signum, self._note)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, MASTER_SIGNALS)
        signal.alarm(REFRESH_EVERY)
        if any(child.is_server for child in self.children):
            self._start_runners_at = time.monotonic() + HEAD_START
        try:
            while not self._step():
                wake = wakened.fileno()
                readable, _, _ = select.select([wake, self._ready_in], [], [], self._pause())
                if wake in readable:
                    wakened.recv(4096)
                if self._ready_in in readable:
                    self._hear_reports()
        finally:
            signal.alarm(0)
            signal.set_wakeup_fd(-1)
            for file in (waker, wakened):
                file.close()
            for pipe in (self._ready_in, self._ready_out):
                os.close(pipe)
        return 1 if self._gave_up else 0

    def _hear_reports(self) -> None:
        for name in os.read(self._ready_in, 4096).decode().split():
            if any(child.is_server and child.name == name for child in self.children):
                self._start_runners_at = 0.0
            self._ready(name)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        self._signals.append(signum)

    def _step(self) -> bool:
        """Do what is to be done now; True when nothing is left."""
        while self._signals:
            self._obey(self._signals.pop(0))
        self._reap()
        now = time.monotonic()
        for child in self.children:
            if child.due is not None and self._due(child) <= now:
                child.due, child.started = None, now
                child.pid = fork(child.main)
        if self._stopping and now >= self._deadline:
            self._kill_the_slow()
        if any(
            child.pid or child.due is not None for child in self.children if not child.is_server
        ):
            return False
        return self._end_server()

    def _pause(self) -> float | None:
        """Seconds until something is due; None to wait for a signal."""
        times = [self._due(child) for child in self.children if child.due is not None]
        if self._stopping:
            times.append(self._deadline)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _due(self, child: Child) -> float:
        """When a child is to be started that does not run."""
        assert child.due is not None
        return child.due if child.is_server else max(child.due, self._start_runners_at)

    def _obey(self, signum: int) -> None:
        if signum in (signal.SIGTERM, signal.SIGINT):
            self.starting_over = False
            self._stop(signum)
        elif signum == signal.SIGHUP:
            log.info("reopening the logs")
            logs.reopen()
            self._tell(self.children, signum)
        elif signum == signal.SIGUSR1 and not self._stopping and self._may_restart():
            self.starting_over = self.restart
            self._stop(signum)
        elif signum == signal.SIGALRM:
            signal.alarm(REFRESH_EVERY)
            if not self._refresh():
                log.critical("somebody took the lock of the master away: stopping")
                self._stop(signal.SIGTERM)

    def _stop(self, signum: int) -> None:
        """Tell the runners to end; the storage server follows when they have."""
        if self._stopping:
            return
        log.info("stopping on %s", signal.Signals(signum).name)
        self._stopping = True
        self._deadline = time.monotonic() + PATIENCE
        for child in self.children:
            if child.pid is None:
                child.due = None
        self._tell([child for child in self.children if not child.is_server], signum)

    def _end_server(self) -> bool:
        """With no runner left, end the storage server; True when it has ended."""
        servers = [child for child in self.children if child.is_server and child.pid]
        if not servers:
            return True
        if not self._server_told:
            self._server_told = self._stopping = True
            self._deadline = time.monotonic() + PATIENCE
            self._tell(servers, signal.SIGTERM)
        return False

    def _kill_the_slow(self) -> None:
        slow = [child for child in self.children if child.pid and not child.is_server]
        for child in slow or [child for child in self.children if child.pid]:
            log.warning("%s (pid %s) does not end: killing it", child.name, child.pid)
            self._tell([child], signal.SIGKILL)
        self._deadline = time.monotonic() + PATIENCE

    @staticmethod
    def _tell(children: Iterable[Child], signum: int) -> None:
        for child in children:
            if child.pid:
                with suppress(ProcessLookupError):
                    os.kill(child.pid, signum)

    def _reap(self) -> None:
        """Take note of the children that have ended."""
        for child in self.children:
            if child.pid is None:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                child.pid = None
                self._bury(child, Ending.from_wait(status))

    def _bury(self, child: Child, ending: Ending) -> None:
        """Decide what follows from the end of a child."""
        if self._stopping:
            log.debug("%s has ended: %s", child.name, ending)
            return
        now = time.monotonic()
        delay = child.policy.delay_after(ending, now - child.started)
        if delay is not None and self.restart:
            child.due = now + delay
            log.warning("%s has ended (%s): starting it again", child.name, ending)
        elif child.policy.exhausted:
            self._gave_up = True
            log.error(
                "%s has ended (%s) for the %dth time: giving it up",
                child.name,
                ending,
                child.policy.ends,
            )
        else:
            log.info("%s has ended (%s)", child.name, ending)
