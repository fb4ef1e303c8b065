"""Bans: who may neither join nor post."""

from __future__ import annotations

from collections.abc import Iterator

from zope.interface import Interface

from mmcore.errors import MMCoreError


class AlreadyBannedError(MMCoreError):
    """A new ban would change nothing: what it names is banned."""


class NotBannedError(MMCoreError):
    """There is no ban of `email`."""

    def __init__(self, email: str) -> None:
        super().__init__(email)
        self.email = email


class IBans(Interface):
    """The bans of the site or of a list.

    An entry is an address, which is compared in any letter case, or a regular
    expression that begins with `^` and is matched at the start of an address,
    in any letter case, too.
    """

    def ban(entry: str) -> None:
        """Add an entry.

        Raises AlreadyBannedError if a ban that applies here matches it, and
        PatternError for a broken pattern.
        """

    def remove(entry: str) -> None:
        """Lift a ban by its exact text, addresses in any case; raises NotBannedError."""

    def __len__() -> int:
        """How many entries there are."""

    def __iter__() -> Iterator[str]:
        """The entries as they were written, in the order of their code points."""

    def matches(email: str) -> bool:
        """Whether an entry of this very scope matches."""
