"""Whether the index of delivery records is true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, container


def check(site: Any) -> Iterator[str]:
    """Keys and the index by time."""
    yield from container("deliveries", site.deliveries)
    expected = sorted((record.finished_at, name) for name, record in site.deliveries._data.items())
    yield from compared("deliveries by time", list(site.deliveries._by_time), expected)
