"""Electronic mail addresses known to the site."""

from __future__ import annotations

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class EmailError(MMCoreError):
    """Something is wrong with an address; `email` says which."""

    def __init__(self, email: str) -> None:
        super().__init__(email)
        self.email = email


class InvalidEmailAddressError(EmailError):
    """The text is not an e-mail address that mmcore accepts."""


class ExistingAddressError(EmailError):
    """The address is registered already."""


class AddressAlreadyLinkedError(EmailError):
    """The address belongs to a user already."""


class AddressNotLinkedError(EmailError):
    """The address does not belong to this user."""


class UnverifiedAddressError(EmailError):
    """The address has to be verified first."""


class IAddress(Interface):
    """One address; it belongs to at most one user."""

    email = Attribute("The lower-cased addr-spec, the key.")
    original_email = Attribute("The addr-spec as it was first written.")
    display_name = Attribute("The name beside the address, or ''.")
    registered_on = Attribute("Naive UTC datetime of registration.")
    verified_on = Attribute("Naive UTC datetime of verification, or None.")
    user = Attribute("The `IUser` it belongs to, or None.")
    preferences = Attribute("Its `IPreferences` (created when first written to).")
    member_ids = Attribute("Tuple of ids of the memberships by this address.")

    def verify() -> None:
        """Mark the address verified now, unless it is already."""

    def unverify() -> None:
        """Mark the address not verified; a preferred address stays preferred."""


class IAddresses(Interface):
    """The container of all addresses, by lower-cased addr-spec."""

    def add(email: str, display_name: str = "") -> IAddress:
        """Register an address; raises InvalidEmailAddressError, ExistingAddressError."""

    def get(email: str) -> IAddress | None:
        """Find an address in any letter case."""

    def values(start: int = 0, count: int | None = None) -> list[IAddress]:
        """A slice, in the binary order of the original spelling."""

    def remove(address: IAddress) -> None:
        """Delete an address with the memberships by it and its requests; its user stays.

        With a user's last address the memberships of the user end, too.
        """
