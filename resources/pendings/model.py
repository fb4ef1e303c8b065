"""Pendings: tokens for what waits for somebody's answer."""

from __future__ import annotations

import copy
import heapq
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from BTrees.Length import Length
from BTrees.OOBTree import OOBTree, OOTreeSet
from persistent import Persistent
from zope.interface import implementer

from mmcore.interfaces.held_message import IPendings
from resources.addresses.model import now
from resources.container import IndexSet, Node, page, root_of, touch

#: Behind every text in the second place of a key.
_LAST = chr(0x10FFFF)
#: Whose move it can be while something is pending.
OWNERS = ("subscriber", "moderator")

#: (expires, created, token): what has expired comes first.
Order = tuple[datetime, datetime, str]


class Pending(Node):
    """What one token stands for."""

    created = datetime.min

    def __init__(self, data: dict, lifetime: timedelta) -> None:
        self.data = copy.deepcopy(data)
        self.created = now()
        self.expires = self.created + lifetime

    @property
    def order(self) -> Order:
        """Its place among those that wait for the same person."""
        return self.expires, self.created, self.__name__ or ""

    @property
    def subjects(self) -> list[tuple[str, str, str]]:
        """(address or user id, list-id, type) for each of those whom it is about."""
        data = self.data
        kind = data.get("list_id") or "", data.get("type") or ""
        email = str(data.get("email") or "").lower()
        return [(whose, *kind) for whose in (email, data.get("user_id")) if whose]

    @property
    def waiting(self) -> tuple[str, str, str] | None:
        """(list-id, type, whose move it is), or None if it is no request to a list."""
        data = self.data
        if not (data.get("list_id") and data.get("token_owner")):
            return None
        return data["list_id"], data.get("type") or "", data["token_owner"]


class Waiting(Persistent):
    """The requests to one list that wait for the same person, counted."""

    def __init__(self) -> None:
        self.orders = IndexSet()
        self.total = Length()

    def add(self, order: Order) -> None:
        """Take one in."""
        self.orders.insert(order)
        self.total.change(1)

    def remove(self, order: Order) -> None:
        """Forget one; raises KeyError."""
        self.orders.remove(order)
        self.total.change(-1)

    def count(self, moment: datetime) -> int:
        """How many are alive; only the dead are looked at, who do not stay for long."""
        return self.total() - len(self.orders.keys(max=(moment, datetime.max)))

    def tokens(self, moment: datetime, start: int, count: int | None) -> list[str]:
        """A slice of those alive."""
        alive = self.orders.keys(min=(moment, datetime.max))
        return [token for _, _, token in page(alive, start, count)]

    def by_age(self, moment: datetime) -> Iterator[tuple[datetime, str]]:
        """(when it was created, token) of those alive."""
        for _, created, token in self.orders.keys(min=(moment, datetime.max)):
            yield created, token


@implementer(IPendings)
class Pendings(Node):
    """See `IPendings`.

    Indexed by list, by time of expiry, by whom they are about, and, for requests
    to join or leave, by list, type and whose move it is.
    """

    def __init__(self) -> None:
        self._data = OOBTree()
        self._by_list = OOBTree()
        self._by_expiry = OOTreeSet()
        self._by_subject = OOBTree()
        self._waiting = OOBTree()

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return True

    def add(self, pendable: dict, lifetime: timedelta) -> str:
        """See `IPendings`.  The token has 160 random bits (40 hex digits)."""
        token = secrets.token_hex(20)
        pending = Pending(pendable, lifetime)
        pending.__name__ = token
        pending.__parent__ = self
        self._data[token] = pending
        self._by_expiry.add((pending.expires, token))
        if list_id := pendable.get("list_id"):
            tokens = self._by_list.get(list_id)
            if tokens is None:
                tokens = self._by_list[list_id] = OOTreeSet()
            tokens.add(token)
        self._index(pending)
        return token

    def _index(self, pending: Pending) -> None:
        """Enter a pending where requests are looked up."""
        for subject in pending.subjects:
            # A tuple, not a set: two requests that come at the same time conflict, and
            # whoever looks whether there is one already has looked at all of them.
            self._by_subject[subject] = (*self._by_subject.get(subject, ()), pending.__name__)
        if (key := pending.waiting) is not None:
            waiting = self._waiting.get(key)
            if waiting is None:
                waiting = self._waiting[key] = Waiting()
                # Whoever removes the list meanwhile finds no group to close.
                self._rely_on("lists", key[0])
            waiting.add(pending.order)
            self._rely_on("addresses", pending.data.get("email"))
            self._rely_on("users", pending.data.get("user_id"))

    def _rely_on(self, collection: str, name: str | None) -> None:
        """Conflict with whoever removes at the same time what a request names."""
        node = None if name is None else getattr(root_of(self), collection).get(name)
        if node is not None:
            touch(node)

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
        self._unindex(pending)

    def _unindex(self, pending: Pending) -> None:
        """Take a pending out of where requests are looked up."""
        for subject in pending.subjects:
            left = tuple(other for other in self._by_subject[subject] if other != pending.__name__)
            if left:
                self._by_subject[subject] = left
            else:
                del self._by_subject[subject]
        if (key := pending.waiting) is not None:
            self._waiting[key].remove(pending.order)

    def find(
        self, list_id: str, pend_type: str | None = None, email: str | None = None
    ) -> list[str]:
        """See `IPendings`; what has expired is left out."""
        found = []
        candidates = self._by_list.get(list_id, ()) if email is None else self._about(email)
        for token in list(candidates):
            data: Any = self.get(token)
            if (
                data is not None
                and data.get("list_id") == list_id
                and (pend_type is None or data.get("type") == pend_type)
            ):
                found.append(token)
        return found

    def _about(self, subject: str) -> Iterator[str]:
        """Tokens that are about an address or a user."""
        key = subject.lower()
        for tokens in self._by_subject.values((key,), (key, _LAST)):
            yield from tokens

    def requests(
        self,
        list_id: str,
        pend_type: str,
        owner: str | None = None,
        start: int = 0,
        count: int | None = None,
    ) -> list[tuple[str, dict]]:
        """See `IPendings`."""
        moment = now()
        groups = self._groups(list_id, pend_type, owner)
        tokens: Iterable[str]
        if len(groups) == 1:
            tokens = groups[0].tokens(moment, start, count)
        else:
            merged = heapq.merge(*(group.by_age(moment) for group in groups))
            stop = None if count is None else start + count
            tokens = (token for _, token in islice(merged, start, stop))
        return [(token, copy.deepcopy(self._data[token].data)) for token in tokens]

    def count_requests(self, list_id: str, pend_type: str, owner: str | None = None) -> int:
        """See `IPendings`."""
        moment = now()
        return sum(group.count(moment) for group in self._groups(list_id, pend_type, owner))

    def _groups(self, list_id: str, pend_type: str, owner: str | None) -> list[Waiting]:
        owners = OWNERS if owner is None else (owner,)
        found = (self._waiting.get((list_id, pend_type, name)) for name in owners)
        return [group for group in found if group is not None]

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
        for key, group in list(self._waiting.items((list_id,), (list_id, _LAST))):
            touch(group.orders)
            del self._waiting[key]

    def remove_address(self, email: str) -> None:
        """Forget every request of an address, which is going to be deleted."""
        for token in list(self._about(email)):
            self._forget(token)

    def remove_user(self, user_id: str) -> None:
        """Forget every request of a user as such; those of its addresses are theirs."""
        self.remove_address(user_id)

    def change_user(self, old_id: str, new_id: str) -> None:
        """See `IPendings`."""
        for token in list(self._about(old_id)):
            pending = self._data[token]
            self._unindex(pending)
            pending.data = {**pending.data, "user_id": new_id}
            self._index(pending)

    def reindex(self) -> None:
        """Make the indexes of requests anew (for databases that do not have them)."""
        self._by_subject = OOBTree()
        self._waiting = OOBTree()
        for pending in list(self._data.values()):
            self._index(pending)
