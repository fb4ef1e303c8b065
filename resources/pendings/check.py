"""Whether the indexes of tokens are true, and what requests name is there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, grouped, sets


def check(site: Any) -> Iterator[str]:
    """The indexes by list, by time, by subject, and by whose move it is."""
    pendings = site.pendings
    every = dict(pendings._data.items())
    by_list = grouped(
        (pending.data["list_id"], token)
        for token, pending in every.items()
        if pending.data.get("list_id")
    )
    yield from compared("pendings by list", sets(pendings._by_list), by_list)
    by_expiry = sorted((pending.expires, token) for token, pending in every.items())
    yield from compared("pendings by expiry", list(pendings._by_expiry), by_expiry)
    by_subject = grouped(
        (subject, token) for token, pending in every.items() for subject in pending.subjects
    )
    found = {subject: sorted(tokens) for subject, tokens in pendings._by_subject.items()}
    yield from compared("pendings by subject", found, by_subject)
    yield from _requests(site, every)


def _requests(site: Any, every: dict[str, Any]) -> Iterator[str]:
    """Requests to join or leave: their index, its counts, and what they name."""
    waiting = grouped(
        (pending.waiting, pending.order) for pending in every.values() if pending.waiting
    )
    groups = dict(site.pendings._waiting.items())
    found = {key: list(group.orders) for key, group in groups.items()}
    # A group stays when its last request has gone.
    yield from compared(
        "requests", {key: orders for key, orders in found.items() if orders}, waiting
    )
    for key, group in groups.items():
        if group.total() != len(found[key]):
            yield f"requests {key}: counts {group.total()}, has {len(found[key])}"
    for token, pending in every.items():
        if pending.waiting:
            yield from _dangling(site, f"pendings: {token}", pending.data)


def _dangling(site: Any, name: str, data: dict) -> Iterator[str]:
    """What a request names and does not exist."""
    if site.lists.get(data["list_id"]) is None:
        yield f"{name} is for {data['list_id']}, which does not exist"
    if site.addresses.get(data["email"]) is None:
        yield f"{name} is of {data['email']}, which does not exist"
    user_id = data.get("user_id")
    if user_id is not None and site.users.get(user_id) is None:
        yield f"{name} is of the user {user_id}, who does not exist"
