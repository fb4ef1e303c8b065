"""The virgin runner: prepares messages that the engine itself has written.

Takes from: `virgin`.
Calls: `mmcore/pipelines/engine.py` with the pipeline `virgin`.
Leaves in: `out`.
"""

from __future__ import annotations

from typing import Any

from mmcore.directives import runner
from mmcore.pipelines.engine import process
from runners.base import QueueRunner


@runner
class VirginRunner(QueueRunner):
    """See `IRunner`."""

    name = "virgin"
    queue = "virgin"

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `QueueRunner`."""
        msgdata["_fasttrack"] = True
        process(self.engine, mlist, msg, msgdata, "virgin")
        return False
