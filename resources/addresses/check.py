"""Whether what addresses know of users and memberships is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, container, memberships


def check(site: Any) -> Iterator[str]:
    """Keys, users, memberships."""
    yield from container("addresses", site.addresses)
    for email, address in site.addresses._data.items():
        if address.email != email or email != email.lower():
            yield f"addresses: {email} is {address.email}"
        if address.user_id is not None:
            user = site.users.get(address.user_id)
            if user is None or email not in user.emails:
                yield f"addresses: {email} is linked to {address.user_id}, who does not have it"
        yield from memberships(site, f"addresses: {email}", address, (None, email))
    spelled = sorted(address.original_email for address in site.addresses._data.values())
    spellings = site.addresses._spellings
    yield from compared("spellings", list(spellings.slice(0, None)), spelled)
    yield from (f"spellings: {problem}" for problem in spellings.wrong_counts())
