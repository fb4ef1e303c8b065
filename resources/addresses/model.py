"""E-mail addresses and their container."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.address import ExistingAddressError, IAddress, IAddresses
from mmcore.message.addresses import validate
from resources.container import Container, Node, root_of, touch
from resources.positions import Positions
from resources.preferences.model import Preferring


def now() -> datetime:
    """The current time as the tree stores it: naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@implementer(IAddress)
class Address(Preferring, Node):
    """See `IAddress`."""

    display_name = ""
    verified_on: datetime | None = None
    user_id: str | None = None
    member_ids: tuple[str, ...] = ()

    def __init__(self, email: str, display_name: str = "") -> None:
        self.email = email.lower()
        self.original_email = email
        if display_name:
            self.display_name = display_name
        self.registered_on = now()

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if name == "display_name" and self.__parent__ is not None:
            if (user := self.user) is not None:
                user.__parent__.describe(user)
            self.delivery_changed()

    def __repr__(self) -> str:
        return f"<Address {self.original_email}>"

    @property
    def user(self) -> Any:
        """The user it belongs to, or None."""
        return None if self.user_id is None else root_of(self).users.get(self.user_id)

    def verify(self) -> None:
        """See `IAddress`."""
        if self.verified_on is None:
            self._verified(now())

    def unverify(self) -> None:
        """See `IAddress`."""
        if self.verified_on is not None:
            self._verified(None)

    def _verified(self, when: datetime | None) -> None:
        user = self.user
        if user is None or user.preferred_email is not None:
            self.verified_on = when
            return
        # Which address such a user's mail goes to depends on which of them are verified.
        touch(user)
        with user.moving():
            self.verified_on = when

    def memberships(self) -> list[Any]:
        """Memberships by this very address."""
        members = root_of(self).members
        return [members[member_id] for member_id in self.member_ids]

    def delivery_changed(self) -> None:
        """Something changed that the rosters know of its memberships: tell them."""
        for member in self.memberships():
            member.delivery_changed()
        user = self.user
        if user is not None and user.email_in_effect == self.email:
            for member in user.memberships():
                member.delivery_changed()


class Spellings(Positions):
    """The addresses as they were first written, in their binary order."""

    def add(self, address: Address) -> None:
        """Take an address in."""
        self._insert((address.original_email,), None)

    def remove(self, address: Address) -> None:
        """Forget an address."""
        self._remove((address.original_email,))

    def slice(self, start: int, count: int | None) -> Iterator[str]:
        """Some or all of them."""
        return (original for (original,), _ in self._slice(start, count))


@implementer(IAddresses)
class Addresses(Container):
    """See `IAddresses`.  Keys are lower-cased addr-specs; listings go by their spelling."""

    _spellings: Spellings

    def __init__(self) -> None:
        super().__init__()
        self.reindex()

    def __len__(self) -> int:
        return len(self._spellings)

    def _changed(self, by: int) -> None:
        """The index of spellings counts."""

    def reindex(self) -> None:
        """Make the index of spellings anew (also for databases that do not have it)."""
        self._spellings = Spellings()
        for address in self._data.values():
            self._spellings.add(address)

    def add(self, email: str, display_name: str = "") -> Address:
        """See `IAddresses`."""
        validate(email)
        key = email.lower()
        if key in self:
            raise ExistingAddressError(email)
        address = Address(email, display_name)
        self._insert(key, address)
        self._spellings.add(address)
        return address

    def get(self, email: str) -> Address | None:
        """See `IAddresses`."""
        return self._data.get(email.lower())

    def __getitem__(self, email: str) -> Address:
        return self._data[email.lower()]

    def values(self, start: int = 0, count: int | None = None) -> list[Address]:
        """Addresses by their original spelling."""
        return [self[original] for original in self._spellings.slice(start, count)]

    def remove(self, address: Address) -> None:
        """See `IAddresses`."""
        touch(address)
        user = address.user
        if user is not None:
            # What the user has by this last address becomes the address's own, and ends below.
            user.unlink(address)
        for member in address.memberships():
            member.unsubscribe()
        site = root_of(self)
        site.pendings.remove_address(address.email)
        site.auto_responses.remove_address(address.email)
        self._spellings.remove(address)
        self._delete(address.email)
