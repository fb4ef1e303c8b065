"""Leaves a copy of the post for the newsgroup to which the list is linked."""

from __future__ import annotations

import logging
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.services.news_article import newsgroup_of

log = logging.getLogger("mmcore.runner")

#: What concerns the copies for members only, of whom there may be many.
_OF_MEMBERS = ("recipients", "add-dup-header")


@handler
@implementer(IHandler)
class ToUsenet:
    """Enqueues a copy to `nntp`, unless it is a digest or came from there."""

    name = "to-usenet"
    description = mark("Leave a copy for the newsgroup.")
    # Whoever reads the newsgroup would never see the post.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if not mlist.gateway_to_news or msgdata.get("isdigest") or msgdata.get("fromusenet"):
            return
        if not newsgroup_of(mlist):
            log.error(
                "%s: gateway_to_news is on, and linked_newsgroup %r is no name of a newsgroup",
                mlist.list_id,
                mlist.linked_newsgroup,
            )
            return
        copied = {name: value for name, value in msgdata.items() if name not in _OF_MEMBERS}
        self.engine.mailroom(mlist).enqueue("nntp", msg, copied, listid=mlist.list_id)
