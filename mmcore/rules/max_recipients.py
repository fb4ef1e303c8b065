"""Limits how many people a post is addressed to, which keeps mass mailings out."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.message.addresses import parse_addresses
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class MaxRecipients:
    """Hits when To and Cc together name as many addresses as the limit, or more."""

    name = "max-recipients"
    description = mark("The post is addressed to more people than the list allows.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        limit = mlist.max_num_recipients
        if not limit:
            return False
        fields = msg.get_all("to", []) + msg.get_all("cc", [])
        # Parsing is slow beside this; some programs write semicolons between addresses.
        if sum(field.count(",") + field.count(";") + 1 for field in map(str, fields)) < limit:
            return False
        if len(parse_addresses(fields)) < limit:
            return False
        reason = (mark("The message is addressed to {} or more people"), limit)
        add_reason(msgdata, msg.sender, reason)
        return True
