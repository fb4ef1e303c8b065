"""Step 2: containers that came with it, who gets digests, and which lists get news."""

from __future__ import annotations

from typing import Any


def evolve(site: Any) -> None:
    """See the package."""
    site.complete()
    site.lists.reindex_gateways()
    for mlist in site.lists.values():
        mlist.members.index_digests()
