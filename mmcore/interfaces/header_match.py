"""Header matches: what a list does with posts that have a certain header field."""

from __future__ import annotations

from collections.abc import Iterator

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class DuplicateHeaderMatchError(MMCoreError):
    """The list has a match of the same header and pattern."""


class NoSuchHeaderMatchError(MMCoreError):
    """There is no match at `position`."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class HeaderMatchPositionError(MMCoreError):
    """A match cannot be moved to such a place; the text says why."""


class IHeaderMatch(Interface):
    """A rule «header and regular expression → action»; it never changes."""

    header = Attribute("Name of the header field, in lower case.")
    pattern = Attribute("Regular expression to be found in the field's value, in any letter case.")
    action = Attribute("An `Action`; None if `chain`, or the site's chain for this, decides.")
    chain = Attribute("Name of a chain of the site's own that a post goes on with, or None.")
    tag = Attribute("A name that somebody gave it, in lower case, or None.")


class IHeaderMatches(Interface):
    """The header matches of a list, in their order."""

    def __len__() -> int:
        """How many there are."""

    def __iter__() -> Iterator[IHeaderMatch]:
        """All of them, in order."""

    def __getitem__(position: int) -> IHeaderMatch:
        """The one at a place, counted from 0; raises NoSuchHeaderMatchError."""

    def append(
        header: str,
        pattern: str,
        action: object = None,
        tag: str | None = None,
        chain: str | None = None,
    ) -> IHeaderMatch:
        """Add one at the end; raises DuplicateHeaderMatchError.

        A chain that carries out an action, such as `hold`, is the same as the action; of
        another one and an action the chain counts.
        """

    def change(at: int, **changes: object) -> None:
        """Change attributes of the one at a place; `position` among them moves it.

        A new action takes the chain away.
        Raises NoSuchHeaderMatchError, DuplicateHeaderMatchError and
        HeaderMatchPositionError, and then nothing has changed.
        """

    def remove(position: int) -> None:
        """Remove one, later ones move up; raises NoSuchHeaderMatchError."""

    def clear() -> None:
        """Remove all."""

    def find(
        header: str | None = None, action: object = None, tag: str | None = None
    ) -> Iterator[tuple[int, IHeaderMatch]]:
        """Those that fit all that is given, with their places."""
