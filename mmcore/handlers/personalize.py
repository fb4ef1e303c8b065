"""Tells whom a copy is for, in its header."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.base import replace_field
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.mailing_list import Personalization


@handler
@implementer(IHandler)
class Personalize:
    """Puts the recipient into To, if the list wants that; in no pipeline, delivery calls it.

    A copy for somebody who was addressed directly, too, says so.
    """

    name = "personalize"
    description = mark("Name the recipient in To, if the list wants that.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        personal = msgdata.get("_personal")
        if personal is None:
            # A copy for many.
            return
        if personal.duplicate:
            replace_field(msg, "X-Mailman-Copy", "yes")
        if mlist.personalize is not Personalization.full:
            return
        if len(msg.get_all("to", [])) == 1:
            # It keeps its place.
            msg.replace_header("To", personal.to)
        else:
            del msg["to"]
            msg["To"] = personal.to
