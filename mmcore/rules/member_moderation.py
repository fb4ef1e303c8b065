"""Applies the moderation action of the member who wrote."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.action import Action
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class MemberModeration:
    """Hits when a sender is a member whose posts are not simply deferred to later rules."""

    name = "member-moderation"
    description = mark("The author is a member whose posts are moderated.")
    record = True
    # Skipping it would let a moderated member post.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        senders = msg.senders
        if any(mlist.is_banned(sender) for sender in senders):
            return False
        for sender in senders:
            member = mlist.find_member(sender)
            if member is None:
                continue
            action = member.moderation_action
            if action is None:
                action = mlist.default_member_action
            if action is None or action is Action.defer:
                return False
            msgdata["member_moderation_action"] = action.name
            add_reason(msgdata, sender, mark("Posts by this member are moderated"))
            return True
        return False
