"""The directory of users: in the order of their creation, with what they are found by.

Looking for a part of a name means looking at everybody.  Loading a user and its
addresses for it would cost milliseconds each; here a few dozen are read at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from BTrees.OOBTree import OOBTree

from resources.positions import Positions
from resources.wildcards import like

#: Between names and addresses: nobody's name contains it.
SEPARATOR = "\0"


def describe(user: Any) -> str:
    """What an `IUser` is found by: its name, its addresses and their names."""
    found = [user.display_name]
    for address in user.addresses:
        found += (address.email, address.display_name)
    return SEPARATOR.join(found).casefold()


def _key(user: Any) -> tuple:
    return user.created_on, user.user_id


class DirectoryLeaves(OOBTree):
    """The lines: long ones, and each new user rewrites the last leaf."""

    max_leaf_size = 20
    max_internal_size = 250


class Directory(Positions):
    """Users by (time of creation, id); the values are what they are found by."""

    tree = DirectoryLeaves

    def add(self, user: Any) -> None:
        """Take a user in."""
        self._insert(_key(user), describe(user))

    def change(self, user: Any) -> None:
        """A name or an address of a user has changed."""
        self._entries[_key(user)] = describe(user)

    def remove(self, user: Any) -> None:
        """Forget a user."""
        self._remove(_key(user))

    def ids(self, start: int, count: int | None) -> Iterator[str]:
        """User ids in order of creation, some or all of them."""
        return (user_id for (_, user_id), _ in self._slice(start, count))

    def find(self, text: str) -> list[str]:
        """Ids of the users of whom a name or address contains a text, in any letter case.

        `%` and `_` in it stand for any text and any character. Users without an address are
        not found: what is found is written to.
        """
        wanted = re.compile(like(text.casefold(), f"[^{SEPARATOR}]"), re.DOTALL)
        return [
            user_id
            for (_, user_id), known in self._slice(0, None)
            if SEPARATOR in known and wanted.search(known)
        ]
