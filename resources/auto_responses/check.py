"""Whether the indexes of automatic answers are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared


def check(site: Any) -> Iterator[str]:
    """By address and by day."""
    answers = site.auto_responses
    rows = {key: answers._get(key) for key in answers._data}
    by_address = sorted((email, list_id, number) for list_id, email, number in rows)
    yield from compared("automatic answers by address", list(answers._by_address), by_address)
    by_day = sorted((row.until, key) for key, row in rows.items())
    yield from compared("automatic answers by day", list(answers._by_day), by_day)
