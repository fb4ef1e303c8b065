"""Bans: addresses and patterns that may not join or post."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from BTrees.OOBTree import OOBTree, OOTreeSet
from zope.interface import implementer

from mmcore.interfaces.ban import AlreadyBannedError, IBans, NotBannedError
from mmcore.services.patterns import compiled, matches_any
from resources.container import IndexSet, Node


@implementer(IBans)
class Bans(Node):
    """See `IBans`.  Its parent is the site or a list, and keeps it from the first entry on.

    Nothing is cached on this object: who adds a pattern changes a leaf of the
    set, of which the object itself is not told.
    """

    __name__ = "bans"
    #: Lower-cased address -> as it was written, where that differs.
    _spellings: OOBTree | None = None

    def __init__(self) -> None:
        self._addresses: OOTreeSet = IndexSet()
        self._patterns: OOTreeSet = IndexSet()

    def ban(self, entry: str) -> None:
        """See `IBans`."""
        if self.__parent__.is_banned(entry):
            raise AlreadyBannedError("Address is already banned")
        self.add(entry)

    def add(self, entry: str) -> None:
        """Add an entry, whether it is needed or not; raises PatternError."""
        if entry.startswith("^"):
            compiled(entry)
            self._patterns.add(entry)
        else:
            key = entry.lower()
            self._addresses.add(key)
            if key != entry:
                if self._spellings is None:
                    self._spellings = OOBTree()
                self._spellings[key] = entry
        if self.__parent__ is not None:
            self.__parent__.keep_bans(self)

    def remove(self, entry: str) -> None:
        """See `IBans`."""
        if not self.has(entry):
            raise NotBannedError(entry)
        if entry.startswith("^"):
            self._patterns.remove(entry)
            return
        key = entry.lower()
        self._addresses.remove(key)
        if self._spellings is not None:
            self._spellings.pop(key, None)

    def __len__(self) -> int:
        return len(self._addresses) + len(self._patterns)

    def __bool__(self) -> bool:
        # Bans without an entry are still bans.
        return True

    def __iter__(self) -> Iterator[str]:
        spellings = {} if self._spellings is None else dict(self._spellings)
        addresses = (spellings.get(key, key) for key in self._addresses)
        return iter(sorted([*addresses, *self._patterns]))

    @property
    def patterns(self) -> Iterable[str]:
        """The regular expressions among the entries."""
        return self._patterns

    def has(self, entry: str) -> bool:
        """Whether there is this very entry; addresses are compared in any case."""
        if entry.startswith("^"):
            return entry in self._patterns
        return entry.lower() in self._addresses

    def matches(self, email: str) -> bool:
        """See `IBans`."""
        return banned((self,), email)


def banned(scopes: Iterable[Bans | None], email: str) -> bool:
    """Whether bans of any scope match an address; None stands for no bans.

    Addresses come first: they are looked up, patterns have to be tried.
    """
    found = [bans for bans in scopes if bans is not None]
    if any(bans.has(email) for bans in found):
        return True
    return matches_any((pattern for bans in found for pattern in bans.patterns), email)
