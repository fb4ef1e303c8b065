"""Posts should name the list; spam rarely does."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.message.addresses import parse_addresses
from mmcore.rules.base import add_reason
from mmcore.services.patterns import PatternError, compiled, matches_any

_FIELDS = ("to", "cc", "resent-to", "resent-cc")


@lru_cache(maxsize=512)
def _usable(aliases: tuple[str, ...]) -> tuple[str, ...]:
    """The regular expressions among the aliases.

    Where one is broken the list owner meant an address with signs special to them.
    """
    result = []
    for alias in aliases:
        if alias.startswith("^"):
            try:
                compiled(alias)
            except PatternError:
                alias = re.escape(alias)
            result.append(alias)
    return tuple(result)


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
        aliases = tuple(mlist.acceptable_aliases)
        if any(alias.lower() in recipients for alias in aliases if not alias.startswith("^")):
            return False
        # Sorted, so that what was found out about the same ones is remembered.
        if aliases and matches_any(_usable(aliases), *sorted(recipients)):
            return False
        reason = mark("Neither To nor Cc names the list")
        add_reason(msgdata, msg.sender, reason)
        return True
