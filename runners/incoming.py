"""The incoming runner: has posts judged.

Takes from: `in`.
Calls: `mmcore/chains/judging.py`, which walks the list's posting or owner chain.
Leaves in: `pipeline` (accepted), `virgin` (notices about held and rejected
posts), the held messages, or nowhere (discarded).
"""

from __future__ import annotations

from typing import Any

from mmcore.chains.judging import judge
from mmcore.directives import runner
from runners.base import QueueRunner


@runner
class IncomingRunner(QueueRunner):
    """See `IRunner`."""

    name = "in"
    queue = "in"

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `QueueRunner`."""
        judge(self.engine, mlist, msg, msgdata)
        return False
