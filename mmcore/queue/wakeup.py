"""Wake-up: a datagram to the next runner once a transaction has committed.

Best-effort by design: a datagram that gets lost costs the time until the next
poll, never mail.  Each instance of a queue's runner listens on
`<run_dir>/<queue>.<slice>.sock`; whoever put something into the queue sends a
byte to all of them.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from pathlib import Path
from typing import Any


class Waker:
    """Sends wake-ups.  One a process; safe to use from several threads."""

    def __init__(self, run_dir: Path) -> None:
        self.run_dir = run_dir
        self._socket: socket.socket | None = None
        self._instances: dict[str, int] = {}

    def instances(self, queue: str, count: int) -> None:
        """Say how many runners a queue has (one, if nobody says)."""
        self._instances[queue] = count

    def wake(self, queue: str) -> None:
        """Wake the runners of a queue; nobody being there is no error."""
        if self._socket is None:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._socket.setblocking(False)
        for number in range(self._instances.get(queue, 1)):
            # Not running, or so far behind that its buffer is full: it will poll.
            with contextlib.suppress(OSError):
                self._socket.sendto(b"!", str(self.run_dir / f"{queue}.{number}.sock"))

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def after_commit(self, transaction: Any, queue: str) -> None:
        """Have a queue's runners woken when a transaction has committed.

        However much is put into the queue, one datagram is sent.
        """
        waiting = transaction.data(self) if _has_data(transaction, self) else None
        if waiting is None:
            waiting = set()
            transaction.set_data(self, waiting)
            transaction.addAfterCommitHook(self._committed, args=(waiting,))
        waiting.add(queue)

    def _committed(self, success: bool, waiting: set[str]) -> None:
        if success:
            for queue in waiting:
                self.wake(queue)


def _has_data(transaction: Any, key: object) -> bool:
    try:
        transaction.data(key)
    except KeyError:
        return False
    return True


class Alarm:
    """Waits for wake-ups of one runner, for a time at most, or for a signal."""

    def __init__(self, path: Path | None) -> None:
        """`path` is the socket to listen on; None waits for time and signals only."""
        self.path = path
        self._sockets: list[socket.socket] = []
        # Signal handlers of Python run between bytecodes only: the signal's byte
        # in this pair is what ends a wait.
        self._signals, self._signalled = socket.socketpair()
        for end in (self._signals, self._signalled):
            end.setblocking(False)
        self._sockets.append(self._signals)
        if path is not None:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listener.bind(str(path))
            listener.setblocking(False)
            os.chmod(path, 0o660)
            self._sockets.append(listener)

    def watch_signals(self) -> None:
        """Have signals end a wait (main thread only)."""
        signal.set_wakeup_fd(self._signalled.fileno(), warn_on_full_buffer=False)

    def wait(self, seconds: float) -> bool:
        """Wait; returns whether something other than time ended it."""
        ready, _, _ = select.select(self._sockets, [], [], seconds)
        for source in ready:
            with contextlib.suppress(BlockingIOError):
                while source.recv(4096):
                    pass
        return bool(ready)

    def ring(self) -> None:
        """End the wait, from any thread of this process; what is to come ends at once."""
        # A full buffer means that it rings anyway.
        with contextlib.suppress(BlockingIOError):
            self._signalled.send(b"\0")

    def close(self) -> None:
        """Stop listening."""
        if self._signalled.fileno() >= 0 and signal.getsignal(signal.SIGTERM) is not None:
            with contextlib.suppress(ValueError):
                signal.set_wakeup_fd(-1)
        for source in (*self._sockets, self._signalled):
            source.close()
        if self.path is not None:
            with contextlib.suppress(FileNotFoundError):
                self.path.unlink()
