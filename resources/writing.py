"""One writer at a time in this process.

Requests that change something and run side by side in threads of one process
gain nothing (they share one interpreter lock) and lose a lot: two of them that
insert into the same leaf of an index while it splits conflict, and one has to
start anew.  Conflicts with other processes remain; they are tried again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from mmcore.database import UNAVAILABLE, back_off

#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class OneWriter:
    """A tween around the transaction: its commit is inside the lock."""

    def __init__(self, handler: Callable[[Any], Any], registry: Any) -> None:
        self.handler = handler
        self.lock = threading.Lock()

    def __call__(self, request: Any) -> Any:
        """Handle a request."""
        if attempt := request.environ.get("retry.attempt", 0):
            back_off(attempt)
        if request.method in SAFE:
            return self.handler(request)
        try:
            with self.lock:
                response = self.handler(request)
        except UNAVAILABLE:
            response = request.invoke_exception_view(reraise=True)
        if isinstance(getattr(request, "exception", None), UNAVAILABLE):
            # Nobody knows whether a commit succeeded, and doing it again might post a
            # message twice: this was the last attempt, the client is told (503) and
            # has to look.
            request.environ["retry.attempts"] = attempt + 1
        return response


def includeme(config: Any) -> None:
    """Put the tween around pyramid_tm's."""
    config.add_tween("resources.writing.OneWriter", over="pyramid_tm.tm_tween_factory")
