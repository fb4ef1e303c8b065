"""Has a post join the next digest of its list."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.services.digests import collect


@handler
@implementer(IHandler)
class ToDigest:
    """Collects the post, if the list has digests and the post is not itself one."""

    name = "to-digest"
    description = mark("Add the post to the next digest.")
    # Whoever reads digests would never see the post.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if mlist.digests_enabled and not msgdata.get("isdigest"):
            collect(self.engine, mlist, msg)
