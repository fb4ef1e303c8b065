"""Always hits; makes the last link of a chain unconditional."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule


@rule
@implementer(IRule)
class Truth:
    """Hits every message."""

    name = "truth"
    description = mark("Always says yes; ends a chain.")
    record = False

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        return True
