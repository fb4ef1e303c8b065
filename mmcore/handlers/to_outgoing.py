"""The last step: the message goes to the queue from which it is delivered."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler


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
        self.engine.mailroom(mlist).enqueue("out", msg, msgdata, listid=mlist.list_id)
