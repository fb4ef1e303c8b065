"""How an address looks to clients."""

from __future__ import annotations

from typing import Any

from resources.addresses.model import Address
from resources.versions import ApiVersion

#: What would end the segment of a URL, or be decoded in it; everything else stands as it is.
_ENCODED = str.maketrans({char: f"%{ord(char):02X}" for char in "%/?#"})


def address_link(api: ApiVersion, email: str) -> str:
    """The canonical URL of an address."""
    return api.url(f"addresses/{email.translate(_ENCODED)}")


def show_address(api: ApiVersion, address: Address) -> dict[str, Any]:
    """The address object; unset values are left out."""
    shown: dict[str, Any] = {
        "email": address.email,
        "original_email": address.original_email,
        "registered_on": address.registered_on,
        "self_link": address_link(api, address.email),
    }
    if address.display_name:
        shown["display_name"] = address.display_name
    if address.verified_on is not None:
        shown["verified_on"] = address.verified_on
    if address.user_id is not None:
        # The user itself need not be loaded for it.
        shown["user"] = api.url(f"users/{api.id(address.user_id)}")
    return shown
