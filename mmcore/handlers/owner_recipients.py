"""Computes who gets mail to the owners."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.member import DeliveryStatus


@handler
@implementer(IHandler)
class OwnerRecipients:
    """Sets `recipients` to owners and moderators, or else to the owner of the site."""

    name = "owner-recipients"
    description = mark("Find out who is in charge of the list.")
    # Without recipients nobody would get the message.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if "recipients" in msgdata:
            return
        recipients = {
            member.email
            for roster in (mlist.owners, mlist.moderators)
            for member in roster.members()
            if member.email and member.delivery_status is DeliveryStatus.enabled
        }
        site_owner = self.engine.settings.mmcore.site_owner
        msgdata["recipients"] = sorted(recipients) or [site_owner]
        # Private mail gets no footer, and each owner's failures must be told apart.
        msgdata["nodecorate"] = True
        msgdata["verp"] = True
