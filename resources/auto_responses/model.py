"""Records of automatic answers: for each list, address and kind the last day and its count."""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

from BTrees.OOBTree import OOBTree
from zope.interface import implementer

from mmcore.interfaces.auto_response import IAutoResponses, Response
from resources.addresses.model import now
from resources.container import IndexSet, Node, page

#: Behind every text in the second place of a key.
_LAST = chr(0x10FFFF)
_DAY = timedelta(days=1)
#: Nothing is remembered for longer, whatever a list would like.
_LONGEST = timedelta(days=3650)

#: (list-id, address in lower case, number of the kind)
Key = tuple[str, str, int]


class Answered(NamedTuple):
    """What is remembered under one key; stored as a plain tuple."""

    day: date
    times: int
    #: The first day on which it may be forgotten.
    until: date


class Rows(OOBTree):
    """Small values by key: big leaves are seldom divided, so writers seldom meet."""

    max_leaf_size = 100
    max_internal_size = 250


def today() -> date:
    """The current day, of UTC."""
    return now().date()


@implementer(IAutoResponses)
class AutoResponses(Node):
    """See `IAutoResponses`.

    Answers to different addresses do not conflict.  Two answers of one kind to the same
    address do, when they are given at the same moment: one of them is counted again.  An
    answer that is given while its list is being removed may stay until it is evicted.
    """

    def __init__(self) -> None:
        self._data = Rows()
        #: (address, list-id, number): what there is about an address.
        self._by_address = IndexSet()
        #: (day, key): what may be forgotten stands first.
        self._by_day = IndexSet()

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True

    def _get(self, key: Key) -> Answered | None:
        row = self._data.get(key)
        return None if row is None else Answered(*row)

    def todays_count(self, list_id: str, email: str, response: Response) -> int:
        """See `IAutoResponses`."""
        row = self._get((list_id, email.lower(), response.value))
        return row.times if row is not None and row.day == today() else 0

    def last_response(self, list_id: str, email: str, response: Response) -> date | None:
        """See `IAutoResponses`."""
        row = self._get((list_id, email.lower(), response.value))
        return None if row is None else row.day

    def response_sent(self, list_id: str, email: str, response: Response, keep: timedelta) -> None:
        """See `IAutoResponses`."""
        key = (list_id, email.lower(), response.value)
        day = today()
        until = day + max(_DAY, min(keep, _LONGEST))
        old = self._get(key)
        times = old.times + 1 if old is not None and old.day == day else 1
        if old is None:
            self._by_address.insert((key[1], key[0], key[2]))
        if old is None or old.until != until:
            if old is not None:
                self._by_day.remove((old.until, key))
            self._by_day.insert((until, key))
        self._data[key] = (day, times, until)

    def remove_list(self, list_id: str) -> None:
        """See `IAutoResponses`."""
        for key in list(self._data.keys((list_id,), (list_id, _LAST))):
            self._forget(key)

    def remove_address(self, email: str) -> None:
        """See `IAutoResponses`."""
        email = email.lower()
        for _, list_id, number in list(self._by_address.keys((email,), (email, _LAST))):
            self._forget((list_id, email, number))

    def evict(self, limit: int = 1000) -> int:
        """See `IAutoResponses`."""
        # A shorter tuple stands before all that begin with it.
        due = page(self._by_day.keys(max=(today() + _DAY,)), 0, limit)
        for _, key in due:
            self._forget(key)
        return len(due)

    def _forget(self, key: Key) -> None:
        row = Answered(*self._data.pop(key))
        self._by_address.remove((key[1], key[0], key[2]))
        self._by_day.remove((row.until, key))
