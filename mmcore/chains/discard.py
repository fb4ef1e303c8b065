"""Throws a message away; only the log remembers it."""

from __future__ import annotations

from typing import Any

from i18n import mark, using
from mmcore.chains.base import SEMISPACE, TerminalChain, log, message_id
from mmcore.directives import chain
from mmcore.interfaces.chain import DiscardEvent
from mmcore.services.moderation import translate_reasons


@chain
class DiscardChain(TerminalChain):
    """Discards a post."""

    name = "discard"
    description = mark("Discard a message and stop processing.")

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `TerminalChain`."""
        with using("en"):
            reasons = SEMISPACE.join(translate_reasons(msgdata.get("moderation_reasons")))
        log.info("DISCARD: %s; %s", message_id(msg), reasons or "n/a")
        self.engine.notify(DiscardEvent(mlist, msg, msgdata, self))
