"""Applies a moderation action to posts from strangers, and remembers the strangers."""

from __future__ import annotations

import logging
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.action import Action
from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.interfaces.member import MemberRole, MembershipError
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason
from mmcore.services.patterns import matches_any

log = logging.getLogger("mmcore.vette")

#: The lists of addresses of old configurations, in the order in which they count.
_LEGACY = (Action.accept, Action.hold, Action.reject, Action.discard)
#: Nobody needs more authors; a forged From must not fill the database.
_MOST_RECORDS = 10


def _in_other_list(mlist: Any, entry: str, sender: str) -> bool:
    """Whether `@LIST` in the accept list names another list that the sender belongs to."""
    other = mlist.site.lists.get(entry[1:]) if "@" in entry[1:] else None
    if other is None or other is mlist:
        log.error("%s: accept_these_nonmembers: no other list %r", mlist.fqdn_listname, entry)
        return False
    return other.find_member(sender) is not None


def _matches(mlist: Any, action: Action, sender: str) -> bool:
    """Whether the list has a rule of old for this action and the sender."""
    entries = getattr(mlist, f"{action.name}_these_nonmembers")
    if not entries:
        return False
    patterns = []
    for entry in entries:
        if entry.startswith("^"):
            patterns.append(entry)
        elif entry.startswith("@") and action is Action.accept:
            if _in_other_list(mlist, entry, sender):
                return True
        elif entry.lower() == sender:
            return True
    return matches_any(patterns, sender)


@rule
@implementer(IRule)
class NonmemberModeration:
    """Hits when no sender is a member, unless what is set for them is to defer."""

    name = "nonmember-moderation"
    description = mark("The author is not a member, and the list has a say in that.")
    record = True
    # Skipping it would let anybody post.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        senders = msg.senders
        if any(mlist.is_banned(sender) for sender in senders):
            return False
        is_member = self._remember(mlist, senders)
        if is_member or msgdata.get("fromusenet"):
            return False
        for sender in senders:
            record = mlist.nonmembers.get(sender)
            action = None if record is None else record.moderation_action
            if action is not None:
                return self._decide(msgdata, sender, action)
            for action in _LEGACY:
                if _matches(mlist, action, sender):
                    if action is Action.accept:
                        return False
                    reason = (
                        mark("The author is not a member, and for this address the list says: {}"),
                        action.name,
                    )
                    return self._decide(msgdata, sender, action, reason)
        return self._decide(msgdata, msg.sender, mlist.default_nonmember_action)

    def _remember(self, mlist: Any, senders: list[str]) -> bool:
        """Give strangers a nonmember record; returns whether any sender is a member."""
        strangers = []
        is_member = False
        for sender in senders:
            if mlist.find_member(sender) is not None:
                is_member = True
            elif mlist.nonmembers.get(sender) is None:
                strangers.append(sender)
        for sender in strangers[:_MOST_RECORDS]:
            try:
                mlist.site.users.make(sender)
                mlist.subscribe(mlist.site.addresses.get(sender), MemberRole.nonmember)
            except (InvalidEmailAddressError, MembershipError):
                # The list's own address, say: then there is nobody to remember.
                continue
        return is_member

    def _decide(
        self, msgdata: dict, sender: str, action: Action, reason: str | tuple | None = None
    ) -> bool:
        if action is None or action is Action.defer:
            return False
        msgdata["member_moderation_action"] = action.name
        if reason is None:
            reason = mark("The message is not from a list member")
        add_reason(msgdata, sender, reason)
        return True
