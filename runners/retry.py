"""The retry runner: gives back to `out` what failed for a while, when it is due.

Takes from: `retry`; the time in an entry's name is when it is due, so what is
not due costs nothing to look at.
Calls: nothing.
Leaves in: `out`.
"""

from __future__ import annotations

import logging
import math
import time
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.queue.mailroom import entry_name
from runners.base import QueueRunner

log = logging.getLogger("mmcore.runner")


@runner
class RetryRunner(QueueRunner):
    """See `IRunner`."""

    name = "retry"
    queue = "retry"

    #: When the next entry is due, as far as is known.
    _next = math.inf

    def iterate(self) -> bool:
        """Move what is due."""
        return self.session.run(self._move_due) > 0

    def wait(self, seconds: float) -> None:
        """See `Runner`; not for longer than until something is due."""
        super().wait(max(0.0, min(seconds, self._next - time.time())))

    def _move_due(self, site: Any) -> int:
        now = time.time()
        queues = site.queues
        names = queues["retry"].names(self.slice, self.range, limit=100)
        due = [name for name in names if due_at(name) <= now]
        self._next = due_at(names[len(due)]) if len(due) < len(names) else math.inf
        for name in due:
            entry = queues["retry"].get(name)
            try:
                # The same entry under a new name: what it refers to stays stored once.
                entry.name = entry_name(entry.content, name)
            except POSKeyError:
                log.error("retry: %s cannot be read and goes to bad", name)
                queues["bad"].adopt(name, entry)
            else:
                queues["out"].add(entry)
            queues["retry"].remove(name)
        if due:
            self.engine.mailroom(site).announce("out")
        return len(due)


def due_at(name: str) -> float:
    """When an entry of this name is due, in seconds since the epoch; now if it does not say."""
    try:
        return float(name.partition("+")[0])
    except ValueError:
        return 0.0
