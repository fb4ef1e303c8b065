"""Users and their container."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from zope.interface import implementer

from mmcore.interfaces.address import (
    AddressAlreadyLinkedError,
    AddressNotLinkedError,
    UnverifiedAddressError,
)
from mmcore.interfaces.preferences import PREFERENCE_NAMES
from mmcore.interfaces.user import IUser, IUsers
from mmcore.services import passwords
from resources.addresses.model import Address, now
from resources.container import Container, IndexSet, Node, page, root_of, touch
from resources.preferences.model import Preferring
from resources.users.directory import Directory


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

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if self.__parent__ is None:
            return
        if name == "display_name":
            self.__parent__.describe(self)
            self.delivery_changed()
        elif name == "is_server_owner":
            self.__parent__.owner_changed(self)

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
        if address is None:
            self._rely_on_addresses()
        else:
            if address.verified_on is None:
                raise UnverifiedAddressError(address.original_email)
            if address.user_id is None:
                self.link(address)
            elif address.user_id != self.user_id:
                raise AddressAlreadyLinkedError(address.original_email)
        with self.moving():
            self.preferred_email = None if address is None else address.email

    @property
    def email_in_effect(self) -> str | None:
        """Where the user's memberships go: the preferred address, else the first
        verified one, else the first; None for a user without addresses."""
        if self.preferred_email is not None:
            return self.preferred_email
        verified = (a.email for a in self.addresses if a.verified_on is not None)
        return next(verified, self.emails[0] if self.emails else None)

    def _rely_on_addresses(self) -> None:
        """The preferred address goes: from now on all of them say which is in effect."""
        for address in self.addresses:
            touch(address)

    @contextmanager
    def moving(self) -> Iterator[None]:
        """Around whatever may change the address in effect: the rosters follow."""
        members = self.memberships()
        for member in members:
            member.unindex()
        yield
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
        with self.moving():
            address.user_id = self.user_id
            self.emails += (address.email,)
        self.__parent__.describe(self)
        address.delivery_changed()

    def unlink(self, address: Address) -> None:
        """See `IUser`."""
        if address.user_id != self.user_id:
            raise AddressNotLinkedError(address.original_email)
        if self.emails == (address.email,):
            # Without any address nothing could be delivered to the user.
            for member in self.memberships():
                member.to_address(address)
        with self.moving():
            if self.preferred_email == address.email:
                self._rely_on_addresses()
                self.preferred_email = None
            address.user_id = None
            self.emails = tuple(email for email in self.emails if email != address.email)
        self.__parent__.describe(self)
        address.delivery_changed()

    def inherit(self, other: User) -> None:
        """Take over what another user says and this one does not."""
        if not self.display_name and other.display_name:
            self.display_name = other.display_name
        if other.is_server_owner and not self.is_server_owner:
            self.is_server_owner = True
        if other.password and not passwords.is_usable(self.password):
            self.password = other.password
        for name in PREFERENCE_NAMES:
            value = other.preference(name)
            if value is not None and self.preference(name) is None:
                setattr(self.preferences, name, value)

    def delivery_changed(self) -> None:
        """Something changed that the rosters know of the user's memberships: tell them."""
        for address in self.addresses:
            # It may be about to get its first membership.
            touch(address)
            for member in address.memberships():
                member.delivery_changed()
        for member in self.memberships():
            member.delivery_changed()


@implementer(IUsers)
class Users(Container):
    """See `IUsers`.  Keys are user ids; a directory keeps the order of creation."""

    _directory: Directory
    _owners: IndexSet

    def __init__(self) -> None:
        super().__init__()
        self.reindex()

    def __len__(self) -> int:
        return len(self._directory)

    def _changed(self, by: int) -> None:
        """The directory counts."""

    def reindex(self) -> None:
        """Make the indexes anew (also for databases that do not have them)."""
        self._directory = Directory()
        self._owners = IndexSet()
        for user in self._data.values():
            self._directory.add(user)
            self.owner_changed(user)

    def add(self, display_name: str = "") -> User:
        """See `IUsers`."""
        user = User(uuid4().hex, display_name)
        self._insert(user.user_id, user)
        self._directory.add(user)
        return user

    def values(self, start: int = 0, count: int | None = None) -> list[User]:
        """Users in order of creation."""
        return [self._data[user_id] for user_id in self._directory.ids(start, count)]

    def find(self, text: str) -> list[str]:
        """See `IUsers`."""
        return self._directory.find(text)

    def owners(self, start: int = 0, count: int | None = None) -> list[User]:
        """Owners of the server in order of creation."""
        return [self._data[user_id] for _, user_id in page(self._owners.keys(), start, count)]

    def count_owners(self) -> int:
        """How many own the server."""
        return len(self._owners)

    def describe(self, user: User) -> None:
        """A name or the addresses of a user have changed."""
        self._directory.change(user)

    def owner_changed(self, user: User) -> None:
        """A user has become an owner of the server, or ceased to be one."""
        key = (user.created_on, user.user_id)
        if user.is_server_owner:
            self._owners.insert(key)
        elif key in self._owners:
            self._owners.remove(key)

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
        """See `IUsers`."""
        touch(user)
        for member in user.memberships():
            member.unsubscribe()
        site = root_of(self)
        for address in user.addresses:
            site.addresses.remove(address)
        site.pendings.remove_user(user.user_id)
        for domain in site.domains.values():
            domain.remove_owner(user)
        self._forget(user)

    def merge(self, user: User, other: User) -> None:
        """See `IUsers`."""
        if other is user:
            return
        touch(user)
        addresses = other.addresses
        # For a moment both have them: the memberships of the other go by them until they move.
        with user.moving():
            for address in addresses:
                address.user_id = user.user_id
            user.emails += other.emails
            if user.preferred_email is None:
                user.preferred_email = other.preferred_email
        for member in other.memberships():
            member.to_user(user)
        other.emails, other.preferred_email = (), None
        user.inherit(other)
        self.describe(user)
        user.delivery_changed()
        site = root_of(self)
        site.pendings.change_user(other.user_id, user.user_id)
        for domain in site.domains.values():
            domain.replace_owner(other, user)
        self._forget(other)

    def _forget(self, user: User) -> None:
        """Delete a user to whom nothing belongs any more."""
        if user.is_server_owner:
            user.is_server_owner = False
        self._directory.remove(user)
        self._delete(user.user_id)
