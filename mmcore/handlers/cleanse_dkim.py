"""Removes signatures that the list is about to break, if the site wants that."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler

SIGNATURES = ("domainkey-signature", "dkim-signature")
RESULTS = "authentication-results"


@handler
@implementer(IHandler)
class CleanseDKIM:
    """Removes the signatures of others, and what others say about them."""

    name = "cleanse-dkim"
    description = mark("Remove the signatures of the author's domain.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if not self.engine.settings.mta.remove_dkim_headers:
            return
        names = {name.lower() for name in msg}
        for name in SIGNATURES:
            if name in names:
                del msg[name]
        # Our own results are the only ones left after they were made; they are to be sealed.
        if RESULTS in names and not msgdata.get("authserv_id"):
            del msg[RESULTS]
