"""Rosters: the memberships of one list in one role, by address."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.member import Addressee, DeliveryMode, DeliveryStatus, IRoster, MemberRole
from resources.container import AddressSet, read_ahead, root_of, touch
from resources.digests.readers import DigestReaders, reading
from resources.members.entry import Entry, pack, unpack
from resources.members.personal import addressees
from resources.positions import Positions
from resources.topics.choice import EVERYTHING, Choosers, together

# Smaller and greater than every id (32 hexadecimal digits).
_FIRST_ID = ""
_LAST_ID = "g"


@implementer(IRoster)
class Roster(Positions):
    """See `IRoster`.

    The keys are lower-cased addresses, each with the id of a membership: an
    address and its user may both be subscribed, and pages count memberships.
    The values are what a listing shows (see `resources.members.entry`).  For
    members there is also the set of addresses that get posts as they come, so
    that a post loads no membership; those whose members have chosen topics
    stand in a set of their own, which most lists do not have.  Who gets
    digests stands in an index of its own, too.
    """

    _choosers: Choosers | None = None
    _digest_readers: DigestReaders | None = None

    def __init__(self, role: MemberRole) -> None:
        super().__init__()
        self.role = role
        self.__name__ = role.name
        self._recipients = AddressSet() if role is MemberRole.member else None

    @property
    def recipients(self) -> Iterable[str]:
        """Addresses with regular delivery, enabled, without a choice of topics.

        Empty but for role member.
        """
        return () if self._recipients is None else self._recipients

    @property
    def choosers(self) -> Choosers | tuple[()]:
        """The same, with a choice of topics."""
        return () if self._choosers is None else self._choosers

    @property
    def digest_readers(self) -> Iterator[tuple[str, DeliveryMode]]:
        """(address as it was first written, mode) of those who get digests, enabled.

        Nobody but for role member.
        """
        return iter(()) if self._digest_readers is None else self._digest_readers.readers()

    def everybody(self, wants: Callable[[str], bool]) -> Iterable[str]:
        """Addresses that get a post as it comes, in order.

        `wants` says for a choice of topics whether the post is wanted.
        """
        if self._recipients is not None:
            read_ahead(self._recipients)
        if self._choosers is None:
            return self.recipients
        found = list(self.recipients)
        found.extend(self._choosers.emails(wants))
        found.sort()
        return found

    def _ids(self, email: str) -> list[str]:
        return [member_id for _, member_id in self._keys((email, _FIRST_ID), (email, _LAST_ID))]

    def memberships(self, email: str) -> list[Any]:
        """All memberships with this address in effect (0 to 2)."""
        members = root_of(self).members
        return [members[member_id] for member_id in self._ids(email.lower())]

    def get(self, email: str) -> Any:
        """See `IRoster`; the membership of the address goes before its user's."""
        found = self.memberships(email)
        return min(found, key=lambda member: member.user_id is not None, default=None)

    def entries(self, start: int = 0, count: int | None = None) -> Iterator[Entry]:
        """What is known of a slice in address order; loads no membership."""
        list_id, role = self.__parent__.list_id, self.role
        return (unpack(list_id, role, *item) for item in self._slice(start, count))

    def entries_of(self, email: str) -> list[Entry]:
        """What is known of the memberships with this address in effect (0 to 2)."""
        list_id, role = self.__parent__.list_id, self.role
        found = self._entries.items((email, _FIRST_ID), (email, _LAST_ID))
        return [unpack(list_id, role, *item) for item in found]

    def addressees(
        self, emails: Sequence[str], asked: frozenset[str] = frozenset()
    ) -> Iterator[Addressee | None]:
        """See `IRoster`."""
        return addressees(self, self._entries, emails, asked)

    def entry(self, email: str, member_id: str) -> Entry:
        """What is known of one membership; raises KeyError if there is none."""
        key = (email, member_id)
        return unpack(self.__parent__.list_id, self.role, key, self._entries[key])

    def emails(self, start: int = 0, count: int | None = None) -> list[str]:
        """See `IRoster`."""
        return [email for (email, _), _ in self._slice(start, count)]

    def members(self, start: int = 0, count: int | None = None) -> list[Any]:
        """See `IRoster`."""
        members = root_of(self).members
        return [members[member_id] for (_, member_id), _ in self._slice(start, count)]

    def all_ids(self) -> list[str]:
        """Ids of all memberships."""
        return [member_id for _, member_id in self._entries]

    def add(self, member: Any) -> None:
        """Take a membership in."""
        self.__parent__.keep_roster(self)
        email = member.email
        before = self._delivery(email)
        self._insert((email, member.member_id), pack(member))
        self._decide_delivery(email, before)

    def remove(self, member: Any) -> None:
        """Forget a membership."""
        email = member.email
        before = self._delivery(email)
        self._remove((email, member.member_id))
        self._decide_delivery(email, before)
        if self.role is MemberRole.member:
            root_of(self).digests.forget_reader(self.__parent__.list_id, email)

    def refresh(self, member: Any) -> None:
        """Something that the roster knows of a membership has changed."""
        email = member.email
        # Several objects decide; two transactions that change one each must not both
        # judge by the old state of the other.
        touch(root_of(self).addresses[email])
        key, value = (email, member.member_id), pack(member)
        # Only what differs is written: most changes concern something else.
        if self._entries[key] != value:
            before, entry = self._delivery(email), self.entry(*key)
            self._entries[key] = value
            self._decide_delivery(email, before)
            if self.role is MemberRole.member:
                self.__parent__.left_digests(entry, self.entry(*key))

    def reindex(self) -> None:
        """Make the index anew, also for databases whose rosters did not know what they list."""
        # Looking at `__dict__` does not load a ghost.
        self._p_activate()
        old = self.__dict__.pop("_index", None)
        self.__dict__.pop("_count", None)
        ids = self.all_ids() if old is None else [member_id for _, member_id in old]
        super().__init__()
        self._recipients = AddressSet() if self.role is MemberRole.member else None
        self._choosers = self._digest_readers = None
        members = root_of(self).members
        for member_id in ids:
            member = members[member_id]
            if member.email is None:
                # A user who has lost every address gets nothing any more.
                member.leave_subscriber()
                members.forget(member)
            else:
                self.add(member)

    def close(self) -> None:
        """The list is being removed: whoever joins or leaves meanwhile gets a conflict."""
        for _, group in self._groups:
            group.close()

    def _delivery(self, email: str) -> str | None:
        """With which choice of topics an address gets posts as they come; None: it does not."""
        if self._recipients is None:
            return None
        choices = [
            entry.topic_choice
            for entry in self.entries_of(email)
            if entry.delivery_mode is DeliveryMode.regular
            and entry.delivery_status is DeliveryStatus.enabled
        ]
        return together(choices) if choices else None

    def _decide_delivery(self, email: str, before: str | None) -> None:
        """Make the sets of recipients true for one address; `before` is what they say of it."""
        if self._recipients is None:
            return
        touch(root_of(self).addresses[email])
        after = self._delivery(email)
        if before and before != after and self._choosers is not None:
            self._choosers.leave(before, email)
        if after == EVERYTHING:
            self._recipients.add(email)
        elif email in self._recipients:
            self._recipients.remove(email)
        if after:
            if self._choosers is None:
                self._choosers = Choosers()
            self._choosers.enter(after, email)
        self._decide_digests(email)

    def _decide_digests(self, email: str) -> None:
        """Make the index of those who get digests true for one address."""
        entries = self.entries_of(email)
        if self._digest_readers is None:
            if reading(entries) is None:
                return
            self._digest_readers = DigestReaders()
        self._digest_readers.decide(root_of(self).addresses[email], entries)

    def index_digests(self) -> None:
        """Make the index of those who get digests, which old databases do not have."""
        if self.role is MemberRole.member:
            self._digest_readers = None
            for entry in self.entries():
                if reading([entry]) is not None:
                    self._decide_digests(entry.email)
