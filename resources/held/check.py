"""Whether the indexes of held messages are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, grouped, sets


def check(site: Any) -> Iterator[str]:
    """Numbers, lists, texts."""
    held = site.held
    pairs = []
    for number, message in held._data.items():
        if message.request_id != number:
            yield f"held: {number} is {message.request_id}"
        if not held._numbers.given(number):
            yield f"held: {number} was never handed out"
        if site.lists.get(message.list_id) is None:
            yield f"held: {number} is for {message.list_id}, which does not exist"
        if not str(message.content).startswith("k:"):
            yield f"held: {number} is not kept for long, but {message.content}"
        pairs.append((message.list_id, number))
    by_list = grouped(pairs)
    yield from compared("held by list", sets(held._by_list), by_list)
    counts = {list_id: count() for list_id, count in held._counts.items()}
    expected = {list_id: len(numbers) for list_id, numbers in by_list.items()}
    yield from compared("held counts", counts, expected)
    by_date = sorted((m.list_id, m.hold_date, number) for number, m in held._data.items())
    yield from compared("held by date", list(held._by_date), by_date)
