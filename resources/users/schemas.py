"""Parameters of users."""

from __future__ import annotations

from typing import Any

from resources.fields import (
    blank_or,
    boolean,
    email,
    field,
    line,
    password,
    person_name,
    text,
)
from resources.paged import PagedQuery
from resources.parameters import Parameters


def new_password(value: Any) -> str:
    """A password in the clear; unlike that of a list it cannot be unset."""
    result = password(value)
    if result is None:
        raise ValueError("Expected a text, got None")
    return result


class NewUser(Parameters):
    """POST to the collection."""

    email = field(line)
    display_name = field(person_name, missing="")
    password = field(password, missing=None)
    is_server_owner = field(boolean, missing=False)


class FindUsers(PagedQuery):
    """`users/find`."""

    q = field(text)


class UserChange(Parameters):
    """PUT of a user."""

    display_name = field(person_name)
    cleartext_password = field(new_password)
    is_server_owner = field(boolean)


class NewUserAddress(Parameters):
    """POST to the addresses of a user."""

    email = field(line)
    display_name = field(person_name, missing="")
    absorb_existing = field(blank_or(boolean), missing=False)


class PreferredEmail(Parameters):
    """POST of the preferred address."""

    email = field(email)


class Login(Parameters):
    """POST of a password to compare."""

    cleartext_password = field(text)
