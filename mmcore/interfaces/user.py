"""Users: persons with an id, a name and any number of addresses."""

from __future__ import annotations

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class MissingPreferredAddressError(MMCoreError):
    """A user who has no preferred address cannot be subscribed as a user."""


class UserError(MMCoreError):
    """What was asked of a user cannot be; the text says why."""


class UserAlreadyExistsError(UserError):
    """The address belongs to a user already."""

    def __init__(self, email: str) -> None:
        super().__init__(f"User already exists: {email}")


class AddressOfOtherUserError(UserError):
    """The address belongs to a user, and nobody asked to merge."""

    def __init__(self) -> None:
        super().__init__("Address belongs to other user")


class NoSuchAddressError(UserError):
    """Nobody knows the address."""

    def __init__(self, email: str) -> None:
        super().__init__(f"Address does not exist: {email}")


class UnverifiedPreferenceError(UserError):
    """An address that is not verified cannot be preferred."""

    def __init__(self, mailbox: str) -> None:
        super().__init__(f"{mailbox} must be verified before setting as primary")


class IUser(Interface):
    """One person."""

    user_id = Attribute("32 lower-case hexadecimal digits, never reused.")
    display_name = Attribute("Name, or ''.")
    password = Attribute("Password hash, or None; see `mmcore.services.passwords`.")
    is_server_owner = Attribute("bool")
    created_on = Attribute("Naive UTC datetime.")
    addresses = Attribute("Iterable of the linked `IAddress` objects.")
    preferred_address = Attribute("An `IAddress`, or None.")
    email_in_effect = Attribute(
        "Where memberships of the user go: the preferred address, else the first verified one, "
        "else the first; None if there is no address."
    )
    preferences = Attribute("Its `IPreferences`.")

    def link(address: object) -> None:
        """Link an address; raises AddressAlreadyLinkedError."""

    def unlink(address: object) -> None:
        """Unlink an address; raises AddressNotLinkedError.

        It is not preferred any more.  With the last address the memberships of the
        user become memberships of that address.
        """

    def memberships() -> list:
        """Memberships of the user as such (not of single addresses)."""


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

    def values(start: int = 0, count: int | None = None) -> list[IUser]:
        """A slice in order of creation."""

    def find(text: str) -> list[str]:
        """Ids of users by a part of a name or address, in order of creation."""

    def owners(start: int = 0, count: int | None = None) -> list[IUser]:
        """A slice of the owners of the server, in order of creation."""

    def remove(user: IUser) -> None:
        """Delete a user with all addresses, memberships, requests and domain ownership."""

    def merge(user: IUser, other: IUser) -> None:
        """Have a user take over everything of another, who is gone then.

        Addresses, memberships (unless there is one of the same role on the list),
        requests and domains are handed over; of names, password, preferences and
        preferred address those that the survivor has none of.
        """
