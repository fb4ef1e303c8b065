"""Step 1: rosters know what they list; users, addresses, requests and held mail are indexed."""

from __future__ import annotations

from typing import Any


def evolve(site: Any) -> None:
    """See the package."""
    # Looking at `__dict__` does not load a ghost.
    site.users._p_activate()
    site.users.__dict__.pop("_by_time", None)
    site.addresses.reindex()
    site.users.reindex()
    for mlist in site.lists.values():
        for roster in mlist._rosters.values():
            roster.reindex()
    site.pendings.reindex()
    site.held.reindex()
