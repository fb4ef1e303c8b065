"""Rosters: the memberships of one list in one role, by address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from BTrees.Length import Length
from zope.interface import implementer

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, IRoster, MemberRole
from resources.container import AddressSet, IndexTree, Node, page, root_of


@implementer(IRoster)
class Roster(Node):
    """See `IRoster`.

    The index maps a lower-cased address to the ids of its memberships (an
    address and its user may both be subscribed), separated by a blank.  A
    membership without an address in effect stands under the empty text and is
    left out of listings.  For members there is also the set of addresses that
    get posts as they come, so that a post loads no membership.
    """

    def __init__(self, role: MemberRole) -> None:
        self.role = role
        self.__name__ = role.name
        self._by_email = IndexTree()
        self._count = Length()
        self._recipients = AddressSet() if role is MemberRole.member else None

    def __len__(self) -> int:
        return self._count()

    def __bool__(self) -> bool:
        return True

    @property
    def recipients(self) -> Iterable[str]:
        """Addresses with regular delivery, enabled; empty but for role member."""
        return () if self._recipients is None else self._recipients

    def _ids(self, email: str) -> list[str]:
        return self._by_email.get(email, "").split()

    def memberships(self, email: str) -> list[Any]:
        """All memberships with this address in effect (0 to 2)."""
        members = root_of(self).members
        return [members[member_id] for member_id in self._ids(email.lower())]

    def get(self, email: str) -> Any:
        """See `IRoster`; the membership of the address goes before its user's."""
        found = self.memberships(email) if email else []
        return min(found, key=lambda member: member.user_id is not None, default=None)

    def emails(self, start: int = 0, count: int | None = None) -> list[str]:
        """See `IRoster`."""
        return page(self._by_email.keys(min="", excludemin=True), start, count)

    def members(self, start: int = 0, count: int | None = None) -> list[Any]:
        """See `IRoster`."""
        members = root_of(self).members
        return [
            members[member_id]
            for ids in page(self._by_email.values(min="", excludemin=True), start, count)
            for member_id in ids.split()
        ]

    def all_ids(self) -> list[str]:
        """Ids of all memberships, also of those without an address."""
        return [member_id for ids in self._by_email.values() for member_id in ids.split()]

    def add(self, member: Any) -> None:
        """Take a membership in."""
        self.__parent__.keep_roster(self)
        ids = self._ids(member.email)
        self._by_email[member.email] = " ".join([*ids, member.member_id])
        self._count.change(1)
        self.delivery_changed(member.email)

    def remove(self, member: Any) -> None:
        """Forget a membership."""
        rest = [i for i in self._ids(member.email) if i != member.member_id]
        if rest:
            self._by_email[member.email] = " ".join(rest)
        else:
            del self._by_email[member.email]
        self._count.change(-1)
        self.delivery_changed(member.email)

    def delivery_changed(self, email: str) -> None:
        """Make the set of recipients true for one address."""
        if self._recipients is None or not email:
            return
        wanted = any(
            member.delivery_mode is DeliveryMode.regular
            and member.delivery_status is DeliveryStatus.enabled
            for member in self.memberships(email)
        )
        if wanted:
            self._recipients.add(email)
        elif email in self._recipients:
            self._recipients.remove(email)
