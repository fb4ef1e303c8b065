"""Mail to the owners is not judged: whoever runs a list must be reachable."""

from __future__ import annotations

from typing import Any

from i18n import mark
from mmcore.chains.base import TerminalChain, log, message_id
from mmcore.directives import chain
from mmcore.interfaces.chain import AcceptOwnerEvent


@chain
class DefaultOwnerChain(TerminalChain):
    """Passes mail for `LIST-owner` on to the pipeline."""

    name = "default-owner-chain"
    description = mark("Accept all mail for the owners.")

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `TerminalChain`."""
        self.engine.mailroom(mlist).enqueue("pipeline", msg, msgdata, listid=mlist.list_id)
        log.info("OWNER: %s", message_id(msg))
        self.engine.notify(AcceptOwnerEvent(mlist, msg, msgdata, self))
