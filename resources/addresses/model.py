"""E-mail addresses and their container."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.address import ExistingAddressError, IAddress, IAddresses
from mmcore.message.addresses import validate
from resources.container import Container, Node, root_of, touch
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

    def __repr__(self) -> str:
        return f"<Address {self.original_email}>"

    @property
    def user(self) -> Any:
        """The user it belongs to, or None."""
        return None if self.user_id is None else root_of(self).users.get(self.user_id)

    def verify(self) -> None:
        """See `IAddress`."""
        if self.verified_on is None:
            self.verified_on = now()

    def memberships(self) -> list[Any]:
        """Memberships by this very address."""
        members = root_of(self).members
        return [members[member_id] for member_id in self.member_ids]

    def delivery_changed(self) -> None:
        """A preference changed that decides about delivery: tell the indexes."""
        for member in self.memberships():
            member.delivery_changed()
        user = self.user
        if user is not None and user.preferred_address is self:
            for member in user.memberships():
                member.delivery_changed()


@implementer(IAddresses)
class Addresses(Container):
    """See `IAddresses`.  Keys are lower-cased addr-specs."""

    def add(self, email: str, display_name: str = "") -> Address:
        """See `IAddresses`."""
        validate(email)
        key = email.lower()
        if key in self:
            raise ExistingAddressError(email)
        address = Address(email, display_name)
        self._insert(key, address)
        return address

    def get(self, email: str) -> Address | None:
        """See `IAddresses`."""
        return self._data.get(email.lower())

    def __getitem__(self, email: str) -> Address:
        return self._data[email.lower()]

    def remove(self, address: Address) -> None:
        """Delete an address with the memberships by it; its user stays."""
        touch(address)
        for member in address.memberships():
            member.unsubscribe()
        user = address.user
        if user is not None:
            user.unlink(address)
        self._delete(address.email)
