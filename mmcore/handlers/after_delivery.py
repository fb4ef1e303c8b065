"""Counts the post, after the subject prefix has used its number."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler


@handler
@implementer(IHandler)
class AfterDelivery:
    """Advances the list's post number and notes the time."""

    name = "after-delivery"
    description = mark("Count the post and note its time.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        mlist.count_post()
