"""Sweeps up the hits of the deferred rules before it."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule


@rule
@implementer(IRule)
class AnyHit:
    """Hits when any rule before it did."""

    name = "any"
    description = mark("One of the rules asked so far said yes.")
    record = False

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        return bool(msgdata.get("rule_hits"))
