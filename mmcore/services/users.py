"""Users: who belongs to which address, and who is somebody.

What a site does with users, whoever asks for it: the REST API, a command or
an e-mail.  Everything is checked before anything changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mmcore.interfaces.user import (
    AddressOfOtherUserError,
    NoSuchAddressError,
    UnverifiedPreferenceError,
    UserAlreadyExistsError,
)
from mmcore.message.addresses import validate
from mmcore.services import passwords


def create_user(site: Any, email: str, display_name: str = "", **attributes: Any) -> Any:
    """Create a user with an address, which may exist but belong to nobody.

    `attributes` are `password` (in the clear; None for one that nobody learns) and
    `is_server_owner`.  The name is also that of a new address.  Returns the `IUser`;
    raises InvalidEmailAddressError, UserAlreadyExistsError.
    """
    address = _free_address(site, email)
    user = _new_user(site, display_name, **attributes)
    user.link(site.addresses.add(email, display_name) if address is None else address)
    return user


def create_user_of(
    site: Any, address: Any, email: str | None = None, display_name: str = "", **attributes: Any
) -> Any:
    """Create a user for an address, which leaves the user it belongs to, if any.

    With `email` the new user gets that address, too.  Returns the `IUser`; raises the
    same as `create_user`.
    """
    further = None
    if email is not None and email.lower() != address.email:
        further = _free_address(site, email) or site.addresses.add(email)
    user = _new_user(site, display_name, **attributes)
    hand_over(address, user)
    if further is not None:
        user.link(further)
    return user


def hand_over(address: Any, user: Any) -> None:
    """Link an address to a user, whomever it belongs to."""
    old = address.user
    if old is user:
        return
    if old is not None:
        old.unlink(address)
    user.link(address)


def add_address(
    site: Any, user: Any, email: str, display_name: str = "", absorb: bool = False
) -> Any:
    """Give a user an address; with `absorb` also a whole other user whose it is.

    The name is for a new address.  Returns the `IAddress`; raises
    InvalidEmailAddressError, AddressOfOtherUserError.
    """
    address = site.addresses.get(email)
    if address is None:
        address = site.addresses.add(email, display_name)
    owner = address.user
    if owner is None:
        user.link(address)
    elif not absorb:
        raise AddressOfOtherUserError
    else:
        site.users.merge(user, owner)
    return address


def prefer(site: Any, user: Any, email: str) -> Any:
    """Have the memberships of a user go by an address; links it if it is nobody's.

    Returns the `IAddress`; raises NoSuchAddressError, UnverifiedPreferenceError,
    AddressOfOtherUserError.
    """
    address = site.addresses.get(email)
    if address is None:
        raise NoSuchAddressError(email)
    if address.verified_on is None:
        name, original = address.display_name, address.original_email
        raise UnverifiedPreferenceError(f"{name} <{original}>" if name else original)
    if address.user not in (None, user):
        raise AddressOfOtherUserError
    user.preferred_address = address
    return address


def add_owners(site: Any, domain: Any, emails: Iterable[str]) -> None:
    """Make the users of some addresses owners of a domain; creates users as needed.

    Raises InvalidEmailAddressError before anything has changed.
    """
    emails = tuple(emails)
    for email in emails:
        validate(email)
    for email in emails:
        domain.add_owner(site.users.make(email))


def change_user(user: Any, changes: dict[str, Any]) -> None:
    """Change `display_name`, `is_server_owner` and `cleartext_password` as far as given."""
    for name, value in changes.items():
        if name == "cleartext_password":
            user.password = passwords.hash(value)
        else:
            setattr(user, name, value)


def login(user: Any, password: str) -> bool:
    """Whether it is the user's password.

    A hash made with parameters of the past is replaced.
    """
    matches, new_hash = passwords.verify(password, user.password)
    if new_hash is not None:
        user.password = new_hash
    return matches


def _free_address(site: Any, email: str) -> Any:
    """The address if it is known, else None; nobody may have it."""
    validate(email)
    address = site.addresses.get(email)
    if address is not None and address.user is not None:
        raise UserAlreadyExistsError(address.original_email)
    return address


def _new_user(
    site: Any, display_name: str, password: str | None = None, is_server_owner: bool = False
) -> Any:
    # Nobody would learn a random password: there is no need to make one up and hash it.
    hashed = passwords.UNUSABLE if password is None else passwords.hash(password)
    user = site.users.add(display_name)
    user.password = hashed
    if is_server_owner:
        user.is_server_owner = True
    return user
