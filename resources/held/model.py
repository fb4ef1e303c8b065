"""Held messages: posts that wait for a moderator."""

from __future__ import annotations

import copy
from datetime import datetime
from typing import Any

from BTrees.IIBTree import IITreeSet
from BTrees.IOBTree import IOBTree
from BTrees.Length import Length
from BTrees.OOBTree import OOBTree
from zope.interface import implementer

from mmcore.interfaces.held_message import IHeldMessage, IHeldMessages
from resources.addresses.model import now
from resources.container import IndexSet, Node, page
from resources.held.numbers import Numbers, rely_on


@implementer(IHeldMessage)
class HeldMessage(Node):
    """See `IHeldMessage`."""

    token: str | None = None

    def __init__(self, request_id: int, list_id: str, msg: Any, msgdata: dict, reasons: list):
        self.request_id = request_id
        self.list_id = list_id
        self.message_id = str(msg["message-id"] or "")
        self.sender = msg.sender
        subject = msg["subject"]
        self.subject = None if subject is None else str(subject)
        self.reasons = list(reasons)
        self.hold_date = now()
        self.content = msg.content_ref
        self._data = copy.deepcopy(msgdata)

    def msgdata(self) -> dict:
        """See `IHeldMessage`."""
        return copy.deepcopy(self._data)


@implementer(IHeldMessages)
class HeldMessages(Node):
    """See `IHeldMessages`.

    The message has to be in the content store for good (`content_ref` of the
    message refers to a kept copy) before it is added here.
    """

    def __init__(self) -> None:
        self._data = IOBTree()
        self._by_list = OOBTree()
        #: By list-id, so that a client can ask for the number at every turn.
        self._counts = OOBTree()
        #: (list-id, time, number): what has waited too long stands first.
        self._by_date = IndexSet()
        self._numbers = Numbers()

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True

    def add(
        self, mlist: Any, msg: Any, msgdata: dict, reasons: list, lane: str = ""
    ) -> HeldMessage:
        """See `IHeldMessages`."""
        # Not for a list that somebody is just removing.
        rely_on(mlist)
        request_id = self._numbers.take(lane)
        held = HeldMessage(request_id, mlist.list_id, msg, msgdata, reasons)
        held.__name__ = str(request_id)
        held.__parent__ = self
        self._data[request_id] = held
        self._index(held)
        return held

    def _index(self, held: HeldMessage) -> None:
        ids = self._by_list.get(held.list_id)
        if ids is None:
            ids = self._by_list[held.list_id] = IITreeSet()
            self._counts[held.list_id] = Length()
        ids.add(held.request_id)
        self._counts[held.list_id].change(1)
        self._by_date.add((held.list_id, held.hold_date, held.request_id))

    def get(self, request_id: int) -> HeldMessage | None:
        """See `IHeldMessages`."""
        return self._data.get(request_id)

    def numbers_of(self, list_id: str) -> list[int]:
        """See `IHeldMessages`."""
        return list(self._by_list.get(list_id, ()))

    def of_list(self, list_id: str, start: int = 0, count: int | None = None) -> list[HeldMessage]:
        """See `IHeldMessages`."""
        ids = self._by_list.get(list_id)
        if ids is None:
            return []
        return [self._data[request_id] for request_id in page(ids.keys(), start, count)]

    def count(self, list_id: str) -> int:
        """See `IHeldMessages`."""
        count = self._counts.get(list_id)
        return 0 if count is None else count()

    def values(self) -> list[HeldMessage]:
        """Every held message of the site, by number."""
        return list(self._data.values())

    def list_ids(self) -> list[str]:
        """See `IHeldMessages`."""
        return list(self._by_list)

    def before(self, list_id: str, moment: datetime, limit: int | None = None) -> list[int]:
        """See `IHeldMessages`."""
        # A shorter tuple stands before all that begin with it.
        keys = self._by_date.keys((list_id,), (list_id, moment))
        return [request_id for _, _, request_id in page(keys, 0, limit)]

    def remove(self, request_id: int) -> None:
        """See `IHeldMessages`."""
        held = self._data.pop(request_id)
        self._by_date.remove((held.list_id, held.hold_date, request_id))
        ids = self._by_list[held.list_id]
        ids.remove(request_id)
        if ids:
            self._counts[held.list_id].change(-1)
        else:
            del self._by_list[held.list_id]
            del self._counts[held.list_id]

    def remove_list(self, list_id: str) -> None:
        """Forget all held messages of a list; one that is being held meanwhile gets a conflict."""
        self._numbers.rely()
        for request_id in list(self._by_list.get(list_id, ())):
            self.remove(request_id)

    def reindex(self) -> None:
        """Make what is missing in databases of older releases."""
        # Looking at `__dict__` does not load a ghost.
        self._p_activate()
        if "_numbers" not in self.__dict__:
            self._numbers = Numbers(self.__dict__.pop("_next", 1))
        self._by_list, self._counts, self._by_date = OOBTree(), OOBTree(), IndexSet()
        for held in self._data.values():
            self._index(held)
