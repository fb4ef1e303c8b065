"""Sends a message back to its author."""

from __future__ import annotations

from typing import Any

from i18n import mark
from mmcore.chains.base import TerminalChain, add_rule_headers, log, message_id
from mmcore.directives import chain
from mmcore.interfaces.chain import RejectEvent
from mmcore.services.moderation import rejection_text
from mmcore.services.notifications import bounce_to_author


@chain
class RejectChain(TerminalChain):
    """Rejects a post, with the reasons if any are known."""

    name = "reject"
    description = mark("Reject/bounce a message and stop processing.")

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `TerminalChain`."""
        add_rule_headers(msg, msgdata)
        text = rejection_text(self.engine, mlist, msgdata.get("moderation_reasons"))
        bounce_to_author(self.engine, mlist, msg, text)
        log.info("REJECT: %s", message_id(msg))
        self.engine.notify(RejectEvent(mlist, msg, msgdata, self))
