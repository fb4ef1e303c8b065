"""Step 3: bounce events and delivery records have indexes, and are kept by who adds them.

Those who get no mail because it came back stand in an index, too.
"""

from __future__ import annotations

from typing import Any


def evolve(site: Any) -> None:
    """See the package."""
    site.complete()
    site.bounce_events.reindex()
    site.deliveries.reindex()
    site.members.reindex()
