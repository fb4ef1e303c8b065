"""Limits the size of posts."""

from __future__ import annotations

import copy
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.handler import DiscardMessage, RejectMessage
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason
from mmcore.services.content_filter import filter_message


@rule
@implementer(IRule)
class MaxSize:
    """Hits when the message is larger than the list's limit in KB.

    As it was received, or, if the site says so, as the list's content filter leaves it.
    """

    name = "max-size"
    description = mark("The post is larger than the list allows.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self.filtered = engine.settings.mmcore.check_max_size_on_filtered_message

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        limit = mlist.max_message_size
        if not limit or msg.original_size / 1024 <= limit:
            return False
        if self.filtered and mlist.filter_content and self._filtered(mlist, msg) / 1024 <= limit:
            return False
        reason = (mark("The message is too large, this list takes up to {} KB"), limit)
        add_reason(msgdata, msg.sender, reason)
        return True

    def _filtered(self, mlist: Any, msg: Any) -> int:
        """The size of what the filter leaves; 0 if the post will not get through it at all."""
        trial = copy.deepcopy(msg)
        try:
            filter_message(self.engine, mlist, trial, side_effects=False)
        except (DiscardMessage, RejectMessage):
            return 0
        return sum(len(piece) for piece in trial.as_pieces())
