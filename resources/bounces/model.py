"""Bounce events: what was learnt about addresses that do not take mail.

Several processes add events at the same moment, thousands in one transaction after an incident.
So each has a lane of its own, with indexes of its own, that nobody else adds to; whoever reads
merges the lanes, of which there are a few.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from operator import itemgetter
from typing import Any

from BTrees.OOBTree import OOBTree
from zope.interface import implementer

from mmcore.interfaces.bounce import BounceCause, BounceContext, IBounceEvent, IBounceEvents
from resources.addresses.model import now
from resources.bounces.lane import Lane, key_at
from resources.container import Node


@implementer(IBounceEvent)
class BounceEvent(Node):
    """See `IBounceEvent`.  What is not known is not stored."""

    context = BounceContext.normal
    cause = BounceCause.unknown
    processed = False
    outcome = ""
    message_id = ""
    code = 0
    enhanced = ""
    text = ""
    source = ""
    content = ""

    def __init__(
        self, list_id: str, email: str, context: BounceContext, cause: BounceCause
    ) -> None:
        self.list_id = list_id
        self.email = email.lower()
        self.timestamp = now()
        if context is not BounceContext.normal:
            self.context = context
        if cause is not BounceCause.unknown:
            self.cause = cause

    @property
    def provider(self) -> str:
        """The domain of the address."""
        return self.email.rpartition("@")[2]

    def describe(self, **known: Any) -> None:
        """Set what is known of the failure: fields of `IBounceEvent`."""
        for name, value in known.items():
            if value != getattr(type(self), name):
                setattr(self, name, value)


@implementer(IBounceEvents)
class BounceEvents(Node):
    """See `IBounceEvents`."""

    def __init__(self) -> None:
        self._lanes = OOBTree()

    # ------------------------------------------------------------- changing

    def add(
        self,
        list_id: str,
        email: str,
        context: BounceContext = BounceContext.normal,
        cause: BounceCause = BounceCause.unknown,
        lane: str = "",
        **known: Any,
    ) -> BounceEvent:
        """See `IBounceEvents`."""
        event = BounceEvent(list_id, email, context, cause)
        event.describe(**known)
        self._lane(lane).add(event)
        return event

    def _lane(self, name: str) -> Lane:
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane()
            lane.__name__, lane.__parent__ = name, self
        return lane

    def done(self, event: BounceEvent, outcome: str) -> None:
        """See `IBounceEvents`."""
        event.processed, event.outcome = True, outcome
        event.__parent__.advance()

    def remove(self, event: BounceEvent) -> None:
        """See `IBounceEvents`."""
        event.__parent__.remove(event.__name__)

    def evict(self, age: timedelta, limit: int = 250) -> int:
        """See `IBounceEvents`."""
        end, gone = key_at(now() - age), 0
        for lane in self._lanes.values():
            for key in list(islice(lane.settled(end), limit - gone)):
                lane.remove(key)
                gone += 1
        return gone

    # -------------------------------------------------------------- reading

    def get(self, name: str) -> BounceEvent | None:
        """See `IBounceEvents`."""
        for lane in self._lanes.values():
            if (entry := lane.events.get(name)) is not None:
                return entry[0]
        return None

    def __len__(self) -> int:
        return sum(lane.total() for lane in self._lanes.values())

    def __bool__(self) -> bool:
        # Without events it is still a container.
        return True

    def unprocessed(self, limit: int) -> list[BounceEvent]:
        """See `IBounceEvents`."""
        lanes = [lane.waiting() for lane in self._lanes.values()]
        waiting = (event for _, event in heapq.merge(*lanes, key=itemgetter(0)))
        found: list[BounceEvent] = []
        while len(found) < limit and (some := list(islice(waiting, limit))):
            self._read_ahead(some)
            found += [event for event in some if not event.processed]
        return found[:limit]

    def _read_ahead(self, events: list[BounceEvent]) -> None:
        # Over ZEO an object that comes alone costs 0.2 ms, among others 0.06.
        ghosts = [event for event in events if event._p_changed is None]
        if len(ghosts) > 1:
            self._p_jar.prefetch(ghosts)

    def recent(self, domain: str, since: datetime) -> Iterator[BounceEvent]:
        """See `IBounceEvents`."""
        lanes = [lane.at_provider(domain, since) for lane in self._lanes.values()]
        for key, _ in heapq.merge(*lanes, key=itemgetter(0)):
            event = self.get(key)
            if event is not None:
                yield event

    def recent_addresses(
        self, domain: str, since: datetime, until: datetime = datetime.max
    ) -> Iterator[tuple[str, BounceCause]]:
        """See `IBounceEvents`."""
        lanes = [lane.at_provider(domain, since, until) for lane in self._lanes.values()]
        for _, (email, cause) in heapq.merge(*lanes, key=itemgetter(0)):
            yield email, BounceCause(cause)

    def count(self, **wanted: Any) -> int:
        """See `IBounceEvents`."""
        return sum(lane.count(**wanted) for lane in self._lanes.values())

    def find(self, start: int = 0, count: int | None = None, **wanted: Any) -> list[BounceEvent]:
        """See `IBounceEvents`."""
        lanes = [lane.find(**wanted) for lane in self._lanes.values()]
        merged = heapq.merge(*lanes, key=itemgetter(0))
        stop = None if count is None else start + count
        events = [event for _, event in islice(merged, start, stop)]
        self._read_ahead(events)
        return events

    def values(self) -> list[BounceEvent]:
        """All events, the oldest first."""
        return self.find()

    def references(self) -> Iterator[str]:
        """See `IBounceEvents`."""
        for lane in self._lanes.values():
            for _, _, content in lane.events.values():
                if content:
                    yield content

    # ------------------------------------------------------------ evolution

    def reindex(self) -> None:
        """Put the events of a database without lanes into one."""
        # Looking at `__dict__` does not load a ghost.
        self._p_activate()
        older = self.__dict__.pop("_data", None)
        self.__dict__.pop("_count", None)
        self.__dict__.setdefault("_lanes", OOBTree())
        self._p_changed = True
        for event in sorted(older.values() if older else (), key=lambda each: each.timestamp):
            event.context = BounceContext[event.context]
            known = event.__dict__.pop("data", {})
            names = ("message_id", "code", "enhanced", "text")
            event.describe(source="smtp", **{name: known[name] for name in names if name in known})
            self._lane("").add(event)
