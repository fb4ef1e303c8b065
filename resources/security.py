"""Who may use the API: HTTP Basic authentication (RFC 7617) of the site's account.

There is one account, and it may do everything.  It is checked before
traversal touches the database, so an unauthenticated client learns nothing
about what exists.  Wrong logins are slowed down by `resources.throttle`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import secrets
from hashlib import blake2b
from typing import Any

from pyramid.authorization import Everyone
from pyramid.interfaces import ISecurityPolicy
from pyramid.security import Allowed, Denied
from zope.interface import implementer

from mmcore.errors import ConfigurationError
from resources.errors import Problem
from resources.front import ACCOUNT
from resources.throttle import Throttle

log = logging.getLogger("mmcore.rest")

CHALLENGE = 'Basic realm="mailman3-rest",charset="utf-8"'


def credentials(header: str) -> tuple[bytes, bytes] | None:
    """User and password of an Authorization header; None if it has none."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
    user, colon, password = decoded.partition(b":")
    return (user, password) if colon else None


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """The site account from the section [webservice]."""

    def __init__(self, admin_user: str, admin_pass: str, throttle: Throttle) -> None:
        if not admin_pass:
            raise ConfigurationError(
                "[webservice] admin_pass is empty: set a password for the REST account "
                f"{admin_user!r}, or anybody could administer every list"
            )
        self._user = admin_user
        self._throttle = throttle
        self._key = secrets.token_bytes(32)
        self._expected = (self._digest(admin_user.encode()), self._digest(admin_pass.encode()))

    def _digest(self, secret: bytes) -> bytes:
        """What is compared instead of a secret: of equal length, whatever its length is."""
        return blake2b(secret, key=self._key, digest_size=32).digest()

    def identity(self, request: Any) -> str | None:
        """The account that the request proves to be, or None.

        Raises `Problem` (429) for a client that has to wait.
        """
        attributes = request.__dict__
        if "mmcore_identity" not in attributes:
            attributes["mmcore_identity"] = self._check(request.environ)
        return attributes["mmcore_identity"]

    def _check(self, environ: dict[str, Any]) -> str | None:
        given = credentials(environ.get("HTTP_AUTHORIZATION", ""))
        if given is None:
            # Nothing was tried that could have been right.
            return None
        client = environ.get("REMOTE_ADDR") or "-"
        seconds = self._throttle.wait(client, given)
        if seconds:
            raise too_many(seconds)
        # Both are compared, always: the time taken says nothing about which is wrong.
        same_user = hmac.compare_digest(self._digest(given[0]), self._expected[0])
        same_password = hmac.compare_digest(self._digest(given[1]), self._expected[1])
        if same_user & same_password:
            self._throttle.succeeded(client, given)
            environ[ACCOUNT] = self._user
            return self._user
        seconds = self._throttle.failed(client, given)
        wait = f"; no login from there for {seconds} s" if seconds else ""
        log.warning("wrong user or password from %s%s", client, wait)
        return None

    def authenticated_userid(self, request: Any) -> str | None:
        """See `ISecurityPolicy`."""
        return self.identity(request)

    def permits(self, request: Any, context: Any, permission: str) -> Allowed | Denied:
        """The site account may do everything, nobody else anything."""
        if self.identity(request) is not None:
            return Allowed("the site account")
        return Denied(f"{Everyone} may not {permission}")

    def remember(self, request: Any, userid: str, **kw: Any) -> list[tuple[str, str]]:
        """Basic authentication remembers nothing."""
        return []

    def forget(self, request: Any, **kw: Any) -> list[tuple[str, str]]:
        """The challenge makes clients forget."""
        return [("WWW-Authenticate", CHALLENGE)]


def too_many(seconds: int) -> Problem:
    """The answer to a client that has failed to log in too often."""
    return Problem(
        429,
        "Too many failed logins",
        bare=True,
        headers={"Retry-After": str(seconds)},
    )


def require_identity(request: Any) -> None:
    """Raise 401 unless the request is authenticated."""
    if request.identity is None:
        raise Problem(
            401,
            "REST API authorization failed",
            bare=True,
            headers={"WWW-Authenticate": CHALLENGE},
        )
