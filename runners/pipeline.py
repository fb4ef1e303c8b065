"""The pipeline runner: has accepted posts prepared for their recipients.

Takes from: `pipeline`.
Calls: `mmcore/pipelines/preparing.py`, which runs the list's posting or owner pipeline.
Leaves in: `out`, and in whatever queue a handler copies to.
"""

from __future__ import annotations

from typing import Any

from mmcore.directives import runner
from mmcore.pipelines.preparing import prepare
from runners.base import QueueRunner


@runner
class PipelineRunner(QueueRunner):
    """See `IRunner`."""

    name = "pipeline"
    queue = "pipeline"

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `QueueRunner`."""
        prepare(self.engine, mlist, msg, msgdata)
        return False
