"""Parameters of addresses."""

from __future__ import annotations

from resources.fields import boolean, field, line, password, person_name
from resources.parameters import Parameters


class AddressChange(Parameters):
    """PATCH of an address."""

    display_name = field(person_name)


class _Link(Parameters):
    """The user to link: an existing one, or what a new one is made with."""

    user_id = field(line, missing=None)
    display_name = field(person_name, missing="")
    password = field(password, missing=None)
    is_server_owner = field(boolean, missing=False)


class NewLink(_Link):
    """POST of the user of an address: an existing one, or else a new one."""

    auto_create = field(boolean, missing=True)


class OtherLink(_Link):
    """PUT of the user of an address; a new user may get another address, too."""

    email = field(line, missing=None)
