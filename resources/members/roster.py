"""Rosters: the memberships of one list in one role, by address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from BTrees.Length import Length
from zope.interface import implementer

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, IRoster, MemberRole
from resources.container import AddressSet, IndexSet, Node, page, root_of, touch

# Greater than every id (32 hexadecimal digits), and than every key without an address.
_LAST_ID = "g"
_FIRST = ("\0",)


@implementer(IRoster)
class Roster(Node):
    """See `IRoster`.

    The index holds lower-cased addresses, each with the id of a membership: an
    address and its user may both be subscribed, and pages count memberships.  A
    membership without an address in effect stands under the empty text and is
    left out of listings.  For members there is also the set of addresses that
    get posts as they come, so that a post loads no membership.
    """

    def __init__(self, role: MemberRole) -> None:
        self.role = role
        self.__name__ = role.name
        self._index = IndexSet()
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
        return [member_id for _, member_id in self._index.keys((email,), (email, _LAST_ID))]

    @property
    def listed(self) -> int:
        """How many stand in listings: all that have an address in effect."""
        return len(self) - len(self._ids(""))

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
        return [email for email, _ in page(self._index.keys(_FIRST), start, count)]

    def members(self, start: int = 0, count: int | None = None) -> list[Any]:
        """See `IRoster`."""
        members = root_of(self).members
        return [
            members[member_id] for _, member_id in page(self._index.keys(_FIRST), start, count)
        ]

    def all_ids(self) -> list[str]:
        """Ids of all memberships, also of those without an address."""
        return [member_id for _, member_id in self._index]

    def add(self, member: Any) -> None:
        """Take a membership in."""
        self.__parent__.keep_roster(self)
        self._index.insert((member.email, member.member_id))
        self._count.change(1)
        self.delivery_changed(member.email)

    def remove(self, member: Any) -> None:
        """Forget a membership."""
        self._index.remove((member.email, member.member_id))
        self._count.change(-1)
        self.delivery_changed(member.email)

    def close(self) -> None:
        """The list is being removed: whoever joins at the same time gets a conflict."""
        touch(self._index)

    def delivery_changed(self, email: str) -> None:
        """Make the set of recipients true for one address."""
        if self._recipients is None or not email:
            return
        # Several objects decide; two transactions that change one each must not both
        # judge by the old state of the other.
        touch(root_of(self).addresses[email])
        wanted = any(
            member.delivery_mode is DeliveryMode.regular
            and member.delivery_status is DeliveryStatus.enabled
            for member in self.memberships(email)
        )
        if wanted:
            self._recipients.add(email)
        elif email in self._recipients:
            self._recipients.remove(email)
