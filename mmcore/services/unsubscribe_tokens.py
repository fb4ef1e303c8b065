"""Tokens by which one click unsubscribes one member from one list (RFC 8058).

A token stands in a URI in the header of that member's copy.  Nobody can make or alter one who
does not know the secret of the site, and nothing is stored for it: it works as long as the
membership lasts.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

#: The first character of a token says how the rest is to be read.
VERSION = "1"

#: What stands between the address of the public pages and a token.
PATH = "/unsubscribe/"

_PURPOSE = b"mmcore one-click unsubscription 1"
_MEMBER_OCTETS = 16
#: Longer than any token: a list-id has at most 255 octets and something.
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """What a token stands for."""

    list_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class UnsubscribeURIs:
    """Makes the URIs of a list's members; plain values, so also where there is no database."""

    base: str
    list_id: str
    key: bytes

    def of(self, member_id: str) -> str:
        """The URI of a membership; `member_id` is a UUID in hex."""
        return self.base + _token(self.key, self.list_id, member_id)


def unsubscribe_uris(settings: Any, site: Any, list_id: str) -> UnsubscribeURIs | None:
    """What makes the URIs of a list's members; None if the site has no public pages.

    Raises LookupError if the site has no secret.
    """
    url = settings.public.url
    return UnsubscribeURIs(url.rstrip("/") + PATH, list_id, _key(site)) if url else None


def one_click_uri(settings: Any, site: Any, list_id: str, member_id: str) -> str:
    """The URI by which a member leaves a list with one click; empty without `[public] url`.

    Raises LookupError if the site has no secret.
    """
    uris = unsubscribe_uris(settings, site, list_id)
    return "" if uris is None else uris.of(member_id)


def make_token(site: Any, list_id: str, member_id: str) -> str:
    """The token of a membership, for a URI: letters, digits, `-`, `_` and `.`.

    `member_id` is a UUID in hex.  Raises LookupError if the site has no secret (every database
    that was opened by this release has one).
    """
    return _token(_key(site), list_id, member_id)


def read_token(site: Any, token: str) -> Unsubscription | None:
    """What a token stands for; None if it was not made here exactly like this.

    Whether the membership still exists is for the caller to find out.
    """
    version, _dot, rest = token[:_LONGEST].partition(".")
    first, _dot, second = rest.partition(".")
    payload, mac = _decode(first), _decode(second)
    if version != VERSION or payload is None or mac is None:
        return None
    # In constant time: how much of a guess was right must not show.
    if not hmac.compare_digest(mac, _mac(_key(site), payload)):
        return None
    member_id = UUID(bytes=payload[:_MEMBER_OCTETS]).hex
    return Unsubscription(payload[_MEMBER_OCTETS:].decode("utf-8"), member_id)


def _token(key: bytes, list_id: str, member_id: str) -> str:
    # Not by way of UUID: there is one for each recipient of a post.
    payload = bytes.fromhex(member_id) + list_id.encode("utf-8")
    return f"{VERSION}.{_encode(payload)}.{_encode(_mac(key, payload))}"


def _mac(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")


def _key(site: Any) -> bytes:
    if not site.secret:
        raise LookupError("the site has no secret")
    return _derived(site.secret)


@lru_cache(8)
def _derived(secret: bytes) -> bytes:
    """A key of its own: the secret serves other purposes too."""
    return hmac.digest(secret, _PURPOSE, "sha256")


def _encode(data: bytes) -> str:
    """Base64 for URIs, without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes | None:
    """The octets of a text that `_encode` has made; None for all others."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    # Spare bits at the end would make several texts of the same octets.
    return data if _encode(data) == text else None
