"""The command runner: does what people ask for by mail.

Takes from: `command`.
Calls: `mmcore/services/replies.py`, `mmcore/email_commands/engine.py`.
Leaves in: `virgin` (results, questions and notices), `pipeline` (held posts that a moderator
accepts).
"""

from __future__ import annotations

import logging
from typing import Any

from mmcore.directives import runner
from mmcore.email_commands.engine import process
from mmcore.message.automatic import is_automatic
from mmcore.services.auto_responses import is_bulk
from mmcore.services.replies import answer_and_stop
from runners.base import QueueRunner

log = logging.getLogger("mmcore.vette")


@runner
class CommandRunner(QueueRunner):
    """See `IRunner`."""

    name = "command"
    queue = "command"

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `QueueRunner`."""
        if is_automatic(msg) or is_bulk(msg):
            # A program that answers ours has nothing to confirm.
            message_id = " ".join(str(msg.get("message-id", "n/a")).split())
            log.info("DISCARD: %s; no commands are taken from automatic mail", message_id)
        elif not answer_and_stop(self.engine, mlist, msg, msgdata):
            process(self.engine, mlist, msg, msgdata)
        return False
