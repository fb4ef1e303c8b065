"""Writes down whether a post is authentic, before the list changes it (RFC 8601)."""

from __future__ import annotations

import socket
from functools import lru_cache
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import prepend_field
from mmcore.services.authentication import Authenticator, Result, trusted_results
from mmcore.services.dns_answers import answers

FIELD = "Authentication-Results"


@handler
@implementer(IHandler)
class ValidateAuthenticity:
    """Replaces all Authentication-Results by one of our own, which `arc-sign` seals."""

    name = "validate-authenticity"
    description = mark("Find out whether the post is authentic, if ARC is enabled.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        wanted = self.engine.settings.ARC
        if not wanted.enabled:
            return
        authserv_id = wanted.authserv_id or host_name()
        trusted = {name.strip(",").lower() for name in wanted.trusted_authserv_ids}
        results = trusted_results(msg, trusted | {authserv_id.lower()}, wanted.domain)
        msgdata.pop("authserv_id", None)
        try:
            self._complete(results, Authenticator(answers(self.engine), msg))
        finally:
            # Whatever happens, nothing that others wrote is taken for ours.
            del msg[FIELD]
        prepend_field(msg, _field(authserv_id, results))
        msgdata["authserv_id"] = authserv_id

    def _complete(self, results: list[Result], message: Authenticator) -> None:
        """Add what no server that is trusted has found out yet."""
        wanted = self.engine.settings.ARC
        known = {result.method for result in results}
        if wanted.dkim and "dkim" not in known:
            results += message.dkim()
        if "arc" not in known:
            results.append(message.arc())
        if wanted.dmarc and "dmarc" not in known:
            results.append(message.dmarc(results))


@lru_cache(maxsize=1)
def host_name() -> str:
    """The name of this host, as far as it knows it."""
    return socket.getfqdn()


def _field(authserv_id: str, results: list[Result]) -> bytes:
    lines = ";\r\n\t".join([authserv_id, *map(str, results)])
    return f"{FIELD}: {lines}\r\n".encode("utf-8", "replace")
