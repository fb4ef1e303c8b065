"""Computes who gets a post: members with regular delivery."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler


@handler
@implementer(IHandler)
class MemberRecipients:
    """Sets `recipients`, unless somebody has done so before.

    The addresses come from the list's index, in order; besides them only the sender's membership
    is loaded.
    """

    name = "member-recipients"
    description = mark("Find out which members get the post at once.")
    # Without recipients nobody would get the message.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if "recipients" in msgdata:
            return
        # Without these nobody has looked for topics, and nobody is left out.
        recipients = list(mlist.regular_recipients(msgdata.get("topichits")))
        member = mlist.find_member(msg.sender)
        if member is not None and not member.receive_own_postings:
            place = bisect_left(recipients, member.email)
            if place < len(recipients) and recipients[place] == member.email:
                del recipients[place]
        msgdata["recipients"] = recipients
