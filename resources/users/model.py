"""Users and their container."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from BTrees.OOBTree import OOBTree
from zope.interface import implementer

from mmcore.interfaces.address import (
    AddressAlreadyLinkedError,
    AddressNotLinkedError,
    UnverifiedAddressError,
)
from mmcore.interfaces.user import IUser, IUsers
from resources.addresses.model import Address, now
from resources.container import Container, Node, page, root_of, touch
from resources.preferences.model import Preferring


@implementer(IUser)
class User(Preferring, Node):
    """See `IUser`."""

    display_name = ""
    password: str | None = None
    is_server_owner = False
    emails: tuple[str, ...] = ()
    preferred_email: str | None = None
    member_ids: tuple[str, ...] = ()

    def __init__(self, user_id: str, display_name: str = "") -> None:
        self.user_id = user_id
        if display_name:
            self.display_name = display_name
        self.created_on = now()

    def __repr__(self) -> str:
        return f"<User {self.display_name!r} {self.user_id}>"

    @property
    def addresses(self) -> list[Address]:
        """Linked addresses, in the order they were linked."""
        addresses = root_of(self).addresses
        return [addresses[email] for email in self.emails]

    @property
    def preferred_address(self) -> Address | None:
        """The address that memberships of the user go by, or None."""
        if self.preferred_email is None:
            return None
        return root_of(self).addresses.get(self.preferred_email)

    @preferred_address.setter
    def preferred_address(self, address: Address | None) -> None:
        if address is not None:
            if address.verified_on is None:
                raise UnverifiedAddressError(address.original_email)
            if address.user_id is None:
                self.link(address)
            elif address.user_id != self.user_id:
                raise AddressAlreadyLinkedError(address.original_email)
        members = self.memberships()
        for member in members:
            member.unindex()
        self.preferred_email = None if address is None else address.email
        for member in members:
            member.index()

    def memberships(self) -> list[Any]:
        """Memberships of the user as such (not of single addresses)."""
        members = root_of(self).members
        return [members[member_id] for member_id in self.member_ids]

    def link(self, address: Address) -> None:
        """See `IUser`."""
        if address.user_id is not None:
            raise AddressAlreadyLinkedError(address.original_email)
        address.user_id = self.user_id
        self.emails += (address.email,)
        address.delivery_changed()

    def unlink(self, address: Address) -> None:
        """See `IUser`."""
        if address.user_id != self.user_id:
            raise AddressNotLinkedError(address.original_email)
        if self.preferred_email == address.email:
            self.preferred_address = None
        address.user_id = None
        self.emails = tuple(email for email in self.emails if email != address.email)
        address.delivery_changed()

    def delivery_changed(self) -> None:
        """A preference changed that decides about delivery: tell the indexes."""
        for address in self.addresses:
            # It may be about to get its first membership.
            touch(address)
            for member in address.memberships():
                member.delivery_changed()
        for member in self.memberships():
            member.delivery_changed()


@implementer(IUsers)
class Users(Container):
    """See `IUsers`.  Keys are user ids; a second index keeps the order of creation."""

    def __init__(self) -> None:
        super().__init__()
        self._by_time = OOBTree()

    def add(self, display_name: str = "") -> User:
        """See `IUsers`."""
        user = User(uuid4().hex, display_name)
        self._insert(user.user_id, user)
        self._by_time[(user.created_on, user.user_id)] = user
        return user

    def values(self, start: int = 0, count: int | None = None) -> list[User]:
        """Users in order of creation."""
        return page(self._by_time.values(), start, count)

    def by_email(self, email: str) -> User | None:
        """See `IUsers`."""
        address = root_of(self).addresses.get(email)
        return None if address is None else address.user

    def make(self, email: str, display_name: str = "") -> User:
        """See `IUsers`."""
        addresses = root_of(self).addresses
        address = addresses.get(email)
        if address is None:
            address = addresses.add(email, display_name)
        user = address.user
        if user is None:
            user = self.add(display_name or address.display_name)
            user.link(address)
        return user

    def remove(self, user: User) -> None:
        """Delete a user with all addresses and memberships."""
        touch(user)
        for member in user.memberships():
            member.unsubscribe()
        site = root_of(self)
        for address in user.addresses:
            site.addresses.remove(address)
        for domain in site.domains.values():
            domain.remove_owner(user)
        del self._by_time[(user.created_on, user.user_id)]
        self._delete(user.user_id)
