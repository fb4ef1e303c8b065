"""The bounce events that one process has added, and their indexes.

The names of events begin with the time, and no event is added before one that is there already.
So it is enough to remember up to which all have been weighed, and weighing writes nothing that
adding writes.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from persistent import Persistent

from mmcore.interfaces.bounce import BounceCause
from resources.container import IndexSet, Node

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
#: Behind every text in a key.
_LAST = chr(0x10FFFF)
_FIRST_DIGITS = 14


class EventTree(OOBTree):
    """(event, its cause, reference to the report) by name.

    What is repeated of the event is what is read without it.
    """

    max_leaf_size = 60
    max_internal_size = 250


class ProviderTree(OOBTree):
    """(address, cause) by domain and name."""

    max_leaf_size = 100
    max_internal_size = 250


class Last(Persistent):
    """The microsecond of the newest event.  Whoever adds writes it, so adders take turns."""

    moment = 0


class Mark(Persistent):
    """The name up to which all events were weighed; only who weighs them writes it."""

    key = ""


class Kept(Persistent):
    """The names of the events of a list, counted."""

    def __init__(self) -> None:
        self.keys = IndexSet()
        self.total = Length()


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970, which naive UTC datetimes count from there."""
    return max(0, (moment - _EPOCH) // _MICROSECOND)


def key_at(moment: datetime) -> str:
    """What the names of events of this time begin with, and sort behind."""
    return f"{microseconds(moment):0{_FIRST_DIGITS}x}"


class Lane(Node):
    """See the module."""

    def __init__(self) -> None:
        self.events = EventTree()
        self.total = Length()
        self.last = Last()
        self.mark = Mark()
        self.by_list = OOBTree()
        #: (address, list-id, name)
        self.by_address = IndexSet()
        self.by_provider = ProviderTree()

    def add(self, event: Any) -> None:
        """Take an event in, as the newest."""
        moment = max(microseconds(event.timestamp), self.last.moment + 1)
        self.last.moment = moment
        key = f"{moment:0{_FIRST_DIGITS}x}{secrets.token_hex(9)}"
        event.__name__, event.__parent__ = key, self
        self.events[key] = (event, event.cause.value, event.content)
        self.total.change(1)
        kept = self.by_list.get(event.list_id)
        if kept is None:
            kept = self.by_list[event.list_id] = Kept()
        kept.keys.add(key)
        kept.total.change(1)
        self.by_address.add((event.email, event.list_id, key))
        self.by_provider[event.provider, key] = (event.email, event.cause.value)

    def remove(self, key: str) -> None:
        """Forget an event; raises KeyError."""
        event = self.events.pop(key)[0]
        self.total.change(-1)
        kept = self.by_list[event.list_id]
        kept.keys.remove(key)
        if kept.keys:
            kept.total.change(-1)
        else:
            del self.by_list[event.list_id]
        self.by_address.remove((event.email, event.list_id, key))
        del self.by_provider[event.provider, key]

    def waiting(self) -> Iterator[tuple[str, Any]]:
        """(name, event) of what comes after the mark: nearly nothing of it was weighed."""
        for key, entry in self.events.items(self.mark.key, excludemin=True):
            yield key, entry[0]

    def advance(self) -> None:
        """Move the mark behind all that was weighed without a gap."""
        for key, event in self.waiting():
            if not event.processed:
                break
            self.mark.key = key

    def settled(self, end: str) -> Iterator[str]:
        """Names before `end` of events that were weighed, the oldest first."""
        if self.mark.key:
            yield from self.events.keys(None, min(self.mark.key, end))

    def at_provider(
        self, domain: str, since: datetime, until: datetime = datetime.max
    ) -> Iterator[tuple[str, tuple[str, str]]]:
        """(name, (address, cause)) of failures at a domain between two moments."""
        for (_, key), value in self.by_provider.items(
            (domain, key_at(since)), (domain, key_at(until) + _LAST)
        ):
            yield key, value

    def find(
        self,
        list_id: str | None = None,
        email: str | None = None,
        cause: BounceCause | None = None,
        processed: bool | None = None,
        since: datetime | None = None,
    ) -> Iterator[tuple[str, Any]]:
        """(name, event) of what is wanted, the oldest first."""
        for key in self._keys(list_id, email, "" if since is None else key_at(since)):
            event, value, _ = self.events[key]
            if cause is not None and value != cause.value:
                continue
            if processed is not None and processed != (key <= self.mark.key or event.processed):
                continue
            yield key, event

    def count(self, list_id: str | None = None, **wanted: Any) -> int:
        """How many of them there are."""
        if any(value is not None for value in wanted.values()):
            return sum(1 for _ in self.find(list_id, **wanted))
        if list_id is None:
            return self.total()
        kept = self.by_list.get(list_id)
        return 0 if kept is None else kept.total()

    def _keys(self, list_id: str | None, email: str | None, since: str) -> Iterator[str]:
        if email is not None:
            email = email.lower()
            # A shorter tuple stands before all that begin with it.
            least = (email,) if list_id is None else (email, list_id)
            pairs = self.by_address.keys(least, (*least, _LAST))
            found = (key for _, _, key in pairs if key >= since)
            yield from sorted(found)
        elif list_id is not None:
            kept = self.by_list.get(list_id)
            yield from () if kept is None else kept.keys.keys(since)
        else:
            yield from self.events.keys(since)
