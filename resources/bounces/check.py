"""Whether the indexes of bounce events are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.bounces.lane import key_at
from resources.checking import compared, container, grouped


def check(site: Any) -> Iterator[str]:
    """Every lane by itself."""
    for name, lane in site.bounce_events._lanes.items():
        where = f"bounce events of {name!r}"
        if lane.__name__ != name or lane.__parent__ is not site.bounce_events:
            yield f"{where}: calls itself {lane.__name__!r}, or has another parent"
        yield from _events(where, lane)
        yield from _indexes(where, lane)
    yield from container("storms", site.bounce_storms)
    told = site.undelivered
    by_time = sorted((moment, *key) for key, moment in told._data.items())
    yield from compared("undelivered by time", list(told._by_time), by_time)


def _events(where: str, lane: Any) -> Iterator[str]:
    """Names, places, times, and what is repeated of each event."""
    for key, (event, cause, content) in lane.events.items():
        if event.__name__ != key or event.__parent__ is not lane:
            yield f"{where}: {key} calls itself {event.__name__}, or has another parent"
        if (event.cause.value, event.content) != (cause, content):
            yield f"{where}: {key} is entered with {(cause, content)!r}"
        if key < key_at(event.timestamp):
            yield f"{where}: {key} is older than its event"
        if key <= lane.mark.key and not event.processed:
            yield f"{where}: {key} lies before the mark and was not weighed"
    newest = "" if not lane.events else lane.events.maxKey()
    if newest > f"{lane.last.moment + 1:014x}":
        yield f"{where}: {newest} is newer than the newest"


def _indexes(where: str, lane: Any) -> Iterator[str]:
    events = [entry[0] for entry in lane.events.values()]
    yield from compared(f"{where}: the count", lane.total(), len(events))
    by_list = grouped((event.list_id, event.__name__) for event in events)
    found = {list_id: list(kept.keys) for list_id, kept in lane.by_list.items()}
    yield from compared(f"{where} by list", found, by_list)
    counts = {list_id: kept.total() for list_id, kept in lane.by_list.items()}
    expected = {list_id: len(keys) for list_id, keys in by_list.items()}
    yield from compared(f"{where}: counts by list", counts, expected)
    addresses = sorted((event.email, event.list_id, event.__name__) for event in events)
    yield from compared(f"{where} by address", list(lane.by_address), addresses)
    providers = sorted(
        ((event.provider, event.__name__), (event.email, event.cause.value)) for event in events
    )
    yield from compared(f"{where} by provider", list(lane.by_provider.items()), providers)
