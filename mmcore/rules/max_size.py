"""Limits the size of posts."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class MaxSize:
    """Hits when the message, as received, is larger than the list's limit in KB."""

    name = "max-size"
    description = mark("The post is larger than the list allows.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        limit = mlist.max_message_size
        if not limit or msg.original_size / 1024 <= limit:
            return False
        reason = (mark("The message is too large, this list takes up to {} KB"), limit)
        add_reason(msgdata, msg.sender, reason)
        return True
