"""Step 3: bounce events are found by list, address, provider and time."""

from __future__ import annotations

from typing import Any


def evolve(site: Any) -> None:
    """See the package."""
    site.complete()
    site.bounce_events.reindex()
