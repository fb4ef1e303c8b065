"""What the checks of collections share; see `resources.check`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any


def container(name: str, container: Any) -> Iterator[str]:
    """Names, parents and the count of a container."""
    for key, node in container._data.items():
        if node.__name__ != str(key):
            yield f"{name}: {key} calls itself {node.__name__}"
        if node.__parent__ is not container:
            yield f"{name}: {key} has another parent"
    if len(container) != len(container._data):
        yield f"{name}: counts {len(container)}, has {len(container._data)}"


def compared(name: str, found: Any, expected: Any) -> Iterator[str]:
    """One problem if an index is not what it should be."""
    if found != expected:
        yield f"{name}: is {found!r}, should be {expected!r}"


def grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list]:
    """Values by key, sorted: what an index of sets by key should hold."""
    groups: dict[Any, list] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: sorted(values) for key, values in groups.items()}


def sets(index: Any) -> dict[Any, list]:
    """What an index of sets by key holds, to be compared with `grouped`."""
    return {key: list(values) for key, values in index.items()}


def memberships(
    site: Any, name: str, subscriber: Any, whose: tuple[str | None, str | None]
) -> Iterator[str]:
    """Whether the memberships that a user or an address names are its own."""
    for member_id, times in Counter(subscriber.member_ids).items():
        member = site.members.get(member_id)
        if member is None or (member.user_id, member.explicit_email) != whose:
            yield f"{name} has the membership {member_id}, which is not its own"
        if times > 1:
            yield f"{name} has the membership {member_id} {times} times"
