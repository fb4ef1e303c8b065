"""A rule of the plugin."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from mmcore.directives import rule
from mmcore.interfaces.rule import IRule


@rule
@implementer(IRule)
class Rain:
    """Never hits."""

    name = "rain"
    description = "It rains."
    record = False

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        return False
