"""Whether what users know of addresses and memberships is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, container, memberships
from resources.users.directory import describe


def check(site: Any) -> Iterator[str]:
    """Keys, the directory, owners of the server, addresses, memberships."""
    users = site.users
    yield from container("users", users)
    for user_id, user in users._data.items():
        if user.user_id != user_id:
            yield f"users: {user_id} is {user.user_id}"
        for email in user.emails:
            address = site.addresses.get(email)
            if address is None or address.user_id != user_id:
                yield f"users: {user_id} has {email}, which is not linked to it"
        if user.preferred_email is not None and user.preferred_email not in user.emails:
            yield f"users: {user_id} prefers {user.preferred_email}, which it does not have"
        yield from memberships(site, f"users: {user_id}", user, (user_id, None))
        if user.member_ids and user.email_in_effect is None:
            yield f"users: {user_id} has memberships and no address"
    every = list(users._data.values())
    directory = users._directory
    expected = {(user.created_on, user.user_id): describe(user) for user in every}
    yield from compared("users by time", dict(directory._slice(0, None)), expected)
    yield from (f"users by time: {problem}" for problem in directory.wrong_counts())
    owners = sorted((u.created_on, u.user_id) for u in every if u.is_server_owner)
    yield from compared("owners", list(users._owners), owners)
