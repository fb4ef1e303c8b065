"""Stops mail that went through this list already (RFC 2369, section 3.4)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason

_MAILTO = re.compile(r"<\s*mailto:([^<>?\s]+)")


@rule
@implementer(IRule)
class Loop:
    """Hits when a List-Post field names this list, bare or as a mailto URL."""

    name = "loop"
    description = mark("The post has been through this list before.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        fields = msg.get_all("list-post")
        if not fields:
            return False
        posting = mlist.posting_address.lower()
        for field in fields:
            value = str(field).strip().lower()
            if value == posting or any(
                unquote(address) == posting for address in _MAILTO.findall(value)
            ):
                add_reason(msgdata, msg.sender, mark("This list has sent the message before"))
                return True
        return False
