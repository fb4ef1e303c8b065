"""Posts without a subject are often commands gone astray."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class NoSubject:
    """Hits when the Subject is missing or blank, also when encoded (RFC 2047)."""

    name = "no-subject"
    description = mark("The post has no subject.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if msg.subject_text.strip():
            return False
        add_reason(msgdata, msg.sender, mark("The subject is missing"))
        return True
