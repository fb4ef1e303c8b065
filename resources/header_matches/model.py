"""Header matches: a list's own rules on header fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from zope.interface import implementer

from mmcore.interfaces.action import Action
from mmcore.interfaces.header_match import (
    DuplicateHeaderMatchError,
    HeaderMatchPositionError,
    IHeaderMatch,
    IHeaderMatches,
    NoSuchHeaderMatchError,
)
from mmcore.services.patterns import compiled
from resources.container import Node


@implementer(IHeaderMatch)
class HeaderMatch(NamedTuple):
    """See `IHeaderMatch`."""

    header: str
    pattern: str
    action: Action | None = None
    tag: str | None = None
    # Last, because older databases have matches without it.
    chain: str | None = None

    @classmethod
    def of(cls, values: dict[str, Any]) -> HeaderMatch:
        """A match with names in lower case; raises PatternError."""
        compiled(values["pattern"])
        match = cls(**values)
        if match.chain is not None:
            action = Action.__members__.get(match.chain)
            match = match._replace(action=action, chain=None if action else match.chain)
        tag = None if match.tag is None else match.tag.lower()
        return match._replace(header=match.header.lower(), tag=tag)


@implementer(IHeaderMatches)
class HeaderMatches(Node):
    """See `IHeaderMatches`.  Its list keeps it from the first match on.

    There are few, and their order is what matters: they are one tuple.
    """

    __name__ = "header-matches"

    def __init__(self) -> None:
        self._matches: tuple[HeaderMatch, ...] = ()

    def __len__(self) -> int:
        return len(self._matches)

    def __bool__(self) -> bool:
        # An object without matches is still an object.
        return True

    def __iter__(self) -> Iterator[HeaderMatch]:
        return iter(self._matches)

    def __getitem__(self, position: int) -> HeaderMatch:
        if not 0 <= position < len(self._matches):
            raise NoSuchHeaderMatchError(position)
        return self._matches[position]

    def append(
        self,
        header: str,
        pattern: str,
        action: Action | None = None,
        tag: str | None = None,
        chain: str | None = None,
    ) -> HeaderMatch:
        """See `IHeaderMatches`."""
        match = HeaderMatch.of(HeaderMatch(header, pattern, action, tag, chain)._asdict())
        self._insert(match, self._matches, len(self._matches))
        self.__parent__.keep_header_matches(self)
        return match

    def change(self, at: int, **changes: Any) -> None:
        """See `IHeaderMatches`."""
        match = self[at]
        place = changes.pop("position", at)
        count = len(self._matches)
        if place < 0:
            raise HeaderMatchPositionError("Negative indexes are not supported")
        if place >= count:
            raise HeaderMatchPositionError(
                f"There are {count} header matches for this list, "
                f"the new position cannot be {count} or higher"
            )
        if "action" in changes:
            changes.setdefault("chain", None)
        changed = HeaderMatch.of({**match._asdict(), **changes})
        others = self._matches[:at] + self._matches[at + 1 :]
        self._insert(changed, others, place)

    def _insert(self, match: HeaderMatch, others: tuple[HeaderMatch, ...], place: int) -> None:
        if any(other[:2] == match[:2] for other in others):
            raise DuplicateHeaderMatchError("This header match already exists")
        self._matches = (*others[:place], match, *others[place:])

    def remove(self, position: int) -> None:
        """See `IHeaderMatches`."""
        self[position]
        self._matches = self._matches[:position] + self._matches[position + 1 :]

    def clear(self) -> None:
        """See `IHeaderMatches`."""
        self._matches = ()

    def find(
        self, header: str | None = None, action: Action | None = None, tag: str | None = None
    ) -> Iterator[tuple[int, HeaderMatch]]:
        """See `IHeaderMatches`."""
        for position, match in enumerate(self._matches):
            if (
                (header is None or match.header == header)
                and (action is None or match.action is action)
                and (tag is None or match.tag == tag.lower())
            ):
                yield position, match
