"""Posts should name the list; spam rarely does."""

from __future__ import annotations

import re
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.message.addresses import parse_addresses
from mmcore.rules.base import add_reason

_FIELDS = ("to", "cc", "resent-to", "resent-cc")


def _matches(pattern: str, recipient: str) -> bool:
    try:
        return re.match(pattern, recipient, re.IGNORECASE) is not None
    except re.error:
        # The list owner meant a literal address with signs special to regexes.
        return re.match(re.escape(pattern), recipient, re.IGNORECASE) is not None


@rule
@implementer(IRule)
class ImplicitDestination:
    """Hits when neither the list nor one of its aliases is an explicit recipient."""

    name = "implicit-dest"
    description = mark("The list is named neither in To nor in Cc.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if not mlist.require_explicit_destination or msgdata.get("fromusenet"):
            return False
        recipients: set[str] = set()
        posting = mlist.posting_address.lower()
        for name in _FIELDS:
            fields = msg.get_all(name)
            if fields:
                recipients.update(address.lower() for _name, address in parse_addresses(fields))
                if posting in recipients:
                    return False
        for alias in mlist.acceptable_aliases:
            if not alias.startswith("^"):
                if alias.lower() in recipients:
                    return False
            elif any(_matches(alias, recipient) for recipient in recipients):
                return False
        reason = mark("Neither To nor Cc names the list")
        add_reason(msgdata, msg.sender, reason)
        return True
