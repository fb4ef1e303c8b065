"""Leaves a copy of a post for the archivers of its list."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.services.archivers import archivers_in_use, wants_no_archive

#: What only delivery needs; there may be 100,000 recipients.
_OF_DELIVERY = ("recipients", "add-dup-header")


@handler
@implementer(IHandler)
class ToArchive:
    """Enqueues a copy to `archive`, unless nobody would take it."""

    name = "to-archive"
    description = mark("Leave a copy for the archives.")
    # What is accepted and not archived would be missed too late.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if msgdata.get("isdigest") or wants_no_archive(msg):
            return
        names = list(archivers_in_use(self.engine, mlist))
        if not names:
            return
        data = {key: value for key, value in msgdata.items() if key not in _OF_DELIVERY}
        self.engine.mailroom(mlist).enqueue(
            "archive", msg, data, listid=mlist.list_id, archivers=names
        )
