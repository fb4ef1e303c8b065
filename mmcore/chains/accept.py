"""The good ending: the message goes on to the pipeline."""

from __future__ import annotations

from typing import Any

from i18n import mark
from mmcore.chains.base import TerminalChain, add_rule_headers, log, message_id
from mmcore.directives import chain
from mmcore.interfaces.chain import AcceptEvent


@chain
class AcceptChain(TerminalChain):
    """Accepts a post."""

    name = "accept"
    description = mark("Accept a message.")

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `TerminalChain`."""
        add_rule_headers(msg, msgdata)
        self.engine.mailroom(mlist).enqueue("pipeline", msg, msgdata, listid=mlist.list_id)
        log.info("ACCEPT: %s", message_id(msg))
        self.engine.notify(AcceptEvent(mlist, msg, msgdata, self))
