"""Which client a request came from, when proxies stand before us.

`X-Forwarded-For`, `-Proto` and `-Host` are written by proxies, and by anybody
who wants to seem somebody else.  They are believed when the connection comes
from an address in `trusted_proxies` (of `[webservice]`, of `[public]`), and then
only the part that these proxies have written; otherwise they are ignored.  `Forwarded`
(RFC 7239) is never read: a proxy that does not know it lets a client's own one
through.

Waitress can do this for one proxy address; this is for a list of networks, and
for any WSGI server.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from mmcore.settings_types import Network

FOR, PROTO, HOST = "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST"


class Proxies:
    """The proxies that are believed."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        #: Whether an address is one of them, remembered for the latest addresses.
        self.trusts = lru_cache(1024)(self._trusts)

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address.partition("%")[0])
        except ValueError:
            return False
        mapped = getattr(parsed, "ipv4_mapped", None) or parsed
        return any(mapped in network for network in self._networks)

    def resolve(self, environ: dict[str, Any]) -> bool:
        """Make `environ` tell of the client instead of the proxy.

        Returns whether the request came by a trusted proxy.
        """
        if not self._networks or not self.trusts(environ.get("REMOTE_ADDR") or ""):
            return False
        client = self._client(environ.get(FOR, ""))
        if client:
            environ["REMOTE_ADDR"] = environ["REMOTE_HOST"] = client
            environ.pop("REMOTE_PORT", None)
        # Of a list, the last was written by the proxy that we believe.
        scheme = environ.get(PROTO, "").rpartition(",")[2].strip().lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = environ.get(HOST, "").rpartition(",")[2].strip()
        if host:
            environ["HTTP_HOST"] = host
        return True

    def _client(self, forwarded_for: str) -> str | None:
        """The last address in the header that is no trusted proxy; the first if all are."""
        client = None
        for hop in reversed(forwarded_for.split(",")):
            address = _without_port(hop.strip().strip('"'))
            try:
                ip_address(address.partition("%")[0])
            except ValueError:
                # Not an address: whatever stands before it cannot be believed either.
                break
            client = address
            if not self.trusts(address):
                break
        return client


def _without_port(hop: str) -> str:
    """`192.0.2.1:80` and `[2001:db8::1]:80` without brackets and port."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop
