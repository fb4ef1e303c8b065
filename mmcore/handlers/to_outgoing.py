"""The last step: the message goes to the queue from which it is delivered."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.services.verp import wants_verp


@handler
@implementer(IHandler)
class ToOutgoing:
    """Enqueues the message to `out`."""

    name = "to-outgoing"
    description = mark("Leave the message where it is delivered from.")
    # Without it the message would be lost.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if self.engine.settings.mta.verp_delivery_interval and "verp" not in msgdata:
            # Every so many-th post: when it is delivered the list may have had others.
            msgdata["verp"] = wants_verp(self.engine.settings, mlist, msgdata)
        self.engine.mailroom(mlist).enqueue("out", msg, msgdata, listid=mlist.list_id)
