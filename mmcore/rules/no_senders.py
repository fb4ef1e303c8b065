"""A post must have an author (RFC 5322, section 3.6.2)."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class NoSenders:
    """Hits when no field names a valid author address."""

    name = "no-senders"
    description = mark("Nobody can be made out as the author.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if msg.sender:
            return False
        add_reason(msgdata, "N/A", mark("Nobody can be made out as the author"))
        return True
