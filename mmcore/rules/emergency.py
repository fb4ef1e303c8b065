"""A list in an emergency holds everything that no moderator has seen."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class Emergency:
    """Hits every post to a list in emergency moderation."""

    name = "emergency"
    description = mark("The list is in emergency moderation and no moderator approved the post.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if not mlist.emergency or msgdata.get("moderator_approved"):
            return False
        add_reason(
            msgdata, msg.sender, mark("All posts to this list wait for a moderator at present")
        )
        return True
