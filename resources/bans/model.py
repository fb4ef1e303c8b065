"""Bans: addresses and patterns that may not join or post."""

from __future__ import annotations

import re

from BTrees.OOBTree import OOTreeSet

from resources.container import Node


class Bans(Node):
    """The bans of the site, or of one list.

    An entry is a lower-cased address, or a regular expression that starts with
    `^` and is matched at the start of the address, in any letter case.
    """

    __name__ = "bans"

    def __init__(self) -> None:
        self._addresses = OOTreeSet()
        self._patterns = OOTreeSet()

    def _home(self, entry: str) -> tuple[OOTreeSet, str]:
        if entry.startswith("^"):
            re.compile(entry)
            return self._patterns, entry
        return self._addresses, entry.lower()

    def add(self, entry: str) -> None:
        """Ban an address or a pattern; raises re.error for a broken pattern."""
        home, key = self._home(entry)
        home.add(key)

    def remove(self, entry: str) -> None:
        """Lift a ban; raises KeyError if there is no such entry."""
        home, key = self._home(entry)
        home.remove(key)

    def __iter__(self):  # type: ignore[no-untyped-def]
        return iter(sorted([*self._addresses, *self._patterns]))

    def matches(self, email: str) -> bool:
        """Whether an address is banned here."""
        email = email.lower()
        if email in self._addresses:
            return True
        return any(re.match(pattern, email, re.IGNORECASE) for pattern in self._patterns)
