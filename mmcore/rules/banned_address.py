"""Stops posts of those who are banned, from this list or from the site."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class BannedAddress:
    """Hits when any sender is banned."""

    name = "banned-address"
    description = mark("The author is banned.")
    record = True
    # The rules about members and strangers leave the banned to it: without it they could post.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        for sender in msg.senders:
            if mlist.is_banned(sender):
                add_reason(msgdata, sender, (mark("The sender {} is banned"), sender))
                return True
        return False
