"""Pendings: tokens for what waits for somebody's answer."""

from __future__ import annotations

import copy
import secrets
from datetime import datetime, timedelta
from typing import Any

from BTrees.OOBTree import OOBTree, OOTreeSet
from zope.interface import implementer

from mmcore.interfaces.held_message import IPendings
from resources.addresses.model import now
from resources.container import Node


class Pending(Node):
    """What one token stands for."""

    def __init__(self, data: dict, expires: datetime) -> None:
        self.data = copy.deepcopy(data)
        self.expires = expires


@implementer(IPendings)
class Pendings(Node):
    """See `IPendings`.  Indexed by list, and by time of expiry."""

    def __init__(self) -> None:
        self._data = OOBTree()
        self._by_list = OOBTree()
        self._by_expiry = OOTreeSet()

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True

    def add(self, pendable: dict, lifetime: timedelta) -> str:
        """See `IPendings`.  The token has 160 random bits (40 hex digits)."""
        token = secrets.token_hex(20)
        pending = Pending(pendable, now() + lifetime)
        pending.__name__ = token
        pending.__parent__ = self
        self._data[token] = pending
        self._by_expiry.add((pending.expires, token))
        if list_id := pendable.get("list_id"):
            tokens = self._by_list.get(list_id)
            if tokens is None:
                tokens = self._by_list[list_id] = OOTreeSet()
            tokens.add(token)
        return token

    def get(self, token: str) -> dict | None:
        """See `IPendings`."""
        pending = self._data.get(token)
        if pending is None or pending.expires <= now():
            return None
        return copy.deepcopy(pending.data)

    def confirm(self, token: str) -> dict | None:
        """See `IPendings`."""
        data = self.get(token)
        if data is not None:
            self._forget(token)
        return data

    def _forget(self, token: str) -> None:
        pending = self._data.pop(token)
        self._by_expiry.remove((pending.expires, token))
        if list_id := pending.data.get("list_id"):
            tokens = self._by_list[list_id]
            tokens.remove(token)
            if not tokens:
                del self._by_list[list_id]

    def find(
        self, list_id: str, pend_type: str | None = None, email: str | None = None
    ) -> list[str]:
        """See `IPendings`; what has expired is left out."""
        found = []
        for token in self._by_list.get(list_id, ()):
            data: Any = self.get(token)
            if data is None or (pend_type is not None and data.get("type") != pend_type):
                continue
            if email is None or str(data.get("email", "")).lower() == email.lower():
                found.append(token)
        return found

    def evict(self) -> int:
        """See `IPendings`."""
        late = list(self._by_expiry.keys(max=(now(), "")))
        for _, token in late:
            self._forget(token)
        return len(late)

    def remove_list(self, list_id: str) -> None:
        """Forget every token of a list."""
        for token in list(self._by_list.get(list_id, ())):
            self._forget(token)
