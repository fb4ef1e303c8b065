"""Seals what was known of a post's authenticity before the list changed it (RFC 8617)."""

from __future__ import annotations

import logging
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import prepend_field
from mmcore.services.signing import SigningError, arc_set
from mmcore.services.signing_keys import SigningKeyError, read_key
from mmcore.settings_checks import key_path

log = logging.getLogger("mmcore.smtp")


@handler
@implementer(IHandler)
class ARCSign:
    """Adds an ARC set; in no pipeline, delivery calls it as the very last step.

    Only what `validate-authenticity` has found out is sealed: a field Authentication-Results of
    our name in mail that did not pass there could be anybody's.
    """

    name = "arc-sign"
    description = mark("Seal what is known of the post's authenticity.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def applies(self, msgdata: dict) -> bool:
        """Whether the site wants it, there is something to seal, and it is still to be done."""
        known = bool(msgdata.get("authserv_id"))
        return self.engine.settings.ARC.enabled and known and not msgdata.get("arc_signed")

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`.  A message that cannot be sealed goes as it is."""
        if not self.applies(msgdata):
            return
        wanted = self.engine.settings.ARC
        try:
            fields = arc_set(
                msg,
                read_key(key_path(self.engine.settings, wanted.privkey)),
                wanted.selector,
                wanted.domain,
                wanted.sig_headers,
                msgdata["authserv_id"],
                "ARC-Standardize" in msgdata,
            )
        except (SigningError, SigningKeyError) as error:
            log.error("%s leaves without ARC seal: %s", msg["message-id"], error)
            return
        for field in reversed(fields):
            prepend_field(msg, field)
        msgdata["arc_signed"] = bool(fields)
