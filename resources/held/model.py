"""Held messages: posts that wait for a moderator."""

from __future__ import annotations

import copy
from typing import Any

from BTrees.IIBTree import IITreeSet
from BTrees.IOBTree import IOBTree
from BTrees.OOBTree import OOBTree
from zope.interface import implementer

from mmcore.interfaces.held_message import IHeldMessage, IHeldMessages
from resources.addresses.model import now
from resources.container import Node, touch


@implementer(IHeldMessage)
class HeldMessage(Node):
    """See `IHeldMessage`."""

    def __init__(self, request_id: int, list_id: str, msg: Any, msgdata: dict, reasons: list):
        self.request_id = request_id
        self.list_id = list_id
        self.message_id = str(msg["message-id"] or "")
        self.sender = msg.sender
        self.subject = str(msg["subject"] or "")
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
        self._next = 1

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True

    def add(self, mlist: Any, msg: Any, msgdata: dict, reasons: list) -> HeldMessage:
        """See `IHeldMessages`."""
        request_id = self._next
        self._next += 1
        held = HeldMessage(request_id, mlist.list_id, msg, msgdata, reasons)
        held.__name__ = str(request_id)
        held.__parent__ = self
        self._data[request_id] = held
        ids = self._by_list.get(mlist.list_id)
        if ids is None:
            ids = self._by_list[mlist.list_id] = IITreeSet()
        ids.add(request_id)
        return held

    def get(self, request_id: int) -> HeldMessage | None:
        """See `IHeldMessages`."""
        return self._data.get(request_id)

    def of_list(self, list_id: str) -> list[HeldMessage]:
        """See `IHeldMessages`."""
        return [self._data[request_id] for request_id in self._by_list.get(list_id, ())]

    def values(self) -> list[HeldMessage]:
        """Every held message of the site, by number."""
        return list(self._data.values())

    def remove(self, request_id: int) -> None:
        """See `IHeldMessages`."""
        held = self._data.pop(request_id)
        ids = self._by_list[held.list_id]
        ids.remove(request_id)
        if not ids:
            del self._by_list[held.list_id]

    def remove_list(self, list_id: str) -> None:
        """Forget all held messages of a list; one that is being held meanwhile gets a conflict."""
        touch(self)
        for request_id in list(self._by_list.get(list_id, ())):
            self.remove(request_id)
