"""Keeps a message until a moderator has looked at it."""

from __future__ import annotations

from typing import Any

from i18n import mark, using
from mmcore.chains.base import SEMISPACE, TerminalChain, add_rule_headers, log, message_id
from mmcore.directives import chain
from mmcore.interfaces.chain import HoldEvent
from mmcore.services.moderation import hold_message, translate_reasons


@chain
class HoldChain(TerminalChain):
    """Holds a post and tells its author and the moderators."""

    name = "hold"
    description = mark("Hold a message and stop processing.")

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `TerminalChain`."""
        add_rule_headers(msg, msgdata)
        reasons = msgdata.get("moderation_reasons") or []
        hold_message(self.engine, mlist, msg, msgdata, reasons)
        with using("en"):
            text = SEMISPACE.join(translate_reasons(reasons))
        log.info(
            "HOLD: %s post from %s held, message-id=%s: %s",
            mlist.fqdn_listname,
            msg.sender,
            message_id(msg),
            text or "n/a",
        )
        self.engine.notify(HoldEvent(mlist, msg, msgdata, self))
