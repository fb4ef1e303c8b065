"""Lets a post pass that carries the moderators' password, and takes the password out of it."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.message.approval import take_password
from mmcore.services import passwords


@rule
@implementer(IRule)
class Approved:
    """Hits when a field, or the first line of the text, has the right password."""

    name = "approved"
    description = mark("The post carries the moderators' password.")
    record = True
    # Skipping it half-way could send the password to all members.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`.  Strips the password, right or wrong, from the message."""
        if not mlist.moderator_password:
            return False
        password = take_password(msg)
        if password is None:
            return False
        msgdata["has_approved"] = True
        matches, new_hash = passwords.verify(password, mlist.moderator_password)
        if new_hash is not None:
            mlist.moderator_password = new_hash
        return matches
