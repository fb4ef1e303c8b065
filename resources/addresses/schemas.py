"""Parameters of addresses."""

from __future__ import annotations

from resources.fields import boolean, field, line, password, person_name
from resources.parameters import Parameters


class AddressChange(Parameters):
    """PATCH of an address."""

    display_name = field(person_name)


class NewLink(Parameters):
    """POST of the user of an address: an existing one, or else a new one."""

    user_id = field(line, missing=None)
    auto_create = field(boolean, missing=True)
    display_name = field(person_name, missing="")
    password = field(password, missing=None)
    is_server_owner = field(boolean, missing=False)


class OtherLink(Parameters):
    """PUT of the user of an address; a new user may get another address, too."""

    user_id = field(line, missing=None)
    email = field(line, missing=None)
    display_name = field(person_name, missing="")
    password = field(password, missing=None)
    is_server_owner = field(boolean, missing=False)
