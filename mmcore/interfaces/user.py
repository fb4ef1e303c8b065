"""Users: persons with an id, a name and any number of addresses."""

from __future__ import annotations

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class MissingPreferredAddressError(MMCoreError):
    """A user who has no preferred address cannot be subscribed as a user."""


class IUser(Interface):
    """One person."""

    user_id = Attribute("32 lower-case hexadecimal digits, never reused.")
    display_name = Attribute("Name, or ''.")
    password = Attribute("Password hash, or None.")
    is_server_owner = Attribute("bool")
    created_on = Attribute("Naive UTC datetime.")
    addresses = Attribute("Iterable of the linked `IAddress` objects.")
    preferred_address = Attribute("An `IAddress`, or None.")
    preferences = Attribute("Its `IPreferences`.")

    def link(address: object) -> None:
        """Link an address; raises AddressAlreadyLinkedError."""

    def unlink(address: object) -> None:
        """Unlink an address; raises AddressNotLinkedError."""


class IUsers(Interface):
    """The container of all users, by id."""

    def add(display_name: str = "") -> IUser:
        """Create a user without addresses."""

    def get(user_id: str) -> IUser | None:
        """Find a user by id."""

    def by_email(email: str) -> IUser | None:
        """Find the user to whom an address belongs."""

    def make(email: str, display_name: str = "") -> IUser:
        """Find the address's user, or create user and address as far as missing.

        Raises InvalidEmailAddressError.
        """
