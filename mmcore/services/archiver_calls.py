"""Calling archivers, which may be slow, hang, or raise anything.

Each archiver has a thread of its own, in which one call at a time is carried out; whoever calls
does not wait for longer than it wants, and gets whatever was raised as a value.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from mmcore.interfaces.archiver import ArchiverUnavailableError

#: Seconds after which a caller that wants to stop looks whether it should.
_LOOK_EVERY = 0.2


@dataclass(frozen=True)
class Answer:
    """What became of a call: a value, or an error."""

    value: Any = None
    error: BaseException | None = None


class Caller:
    """Calls the methods of one archiver."""

    def __init__(self, name: str) -> None:
        # No thread before it is needed: processes fork, and threads do not come along.
        self._threads = ThreadPoolExecutor(1, f"archiver-{name}")
        self._running: Future[Any] | None = None
        #: Until when (`time.monotonic`) it is not asked for URLs, because it could not answer.
        self.silent_until = 0.0

    def call(
        self,
        seconds: float,
        should_stop: Callable[[], bool],
        function: Callable[..., Any],
        *arguments: Any,
        in_line: bool = False,
    ) -> Answer:
        """Call `function(*arguments)` and wait for it, at most `seconds`.

        A call that is given up goes on in its thread; until it ends there is no other.  With
        `in_line` it is waited for, too: it may be that of another thread, which is no fault.
        """
        if not in_line and self._running is not None and not self._running.done():
            return Answer(error=ArchiverUnavailableError("still busy with an earlier call"))
        self._running = future = self._threads.submit(function, *arguments)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0 and not should_stop():
            if wait([future], min(left, _LOOK_EVERY)).done:
                break
        if future.cancel() or not future.done():
            return Answer(error=ArchiverUnavailableError(f"no answer within {seconds:g} s"))
        error = future.exception()
        return Answer(error=error) if error is not None else Answer(future.result())


# One for each archiver of each engine; it goes with its archiver.
_callers: weakref.WeakKeyDictionary[Any, Caller] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def caller_of(archiver: Any) -> Caller:
    """The one that calls this archiver, for all threads."""
    with _lock:
        caller = _callers.get(archiver)
        if caller is None:
            caller = _callers[archiver] = Caller(archiver.name)
        return caller


def in_words(error: BaseException) -> str:
    """An error of an archiver in one line of ASCII, not too long."""
    text = str(error)
    if not isinstance(error, ArchiverUnavailableError):
        text = f"{type(error).__name__}: {text}"
    return " ".join(text.split())[:500].encode("ascii", "backslashreplace").decode()
