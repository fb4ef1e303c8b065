"""Signs a message in the name of the list's domain (RFC 6376)."""

from __future__ import annotations

import logging
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import prepend_field
from mmcore.services.signing import SigningError, dkim_signature
from mmcore.services.signing_keys import SigningKeyError, read_key
from mmcore.settings_checks import key_path

log = logging.getLogger("mmcore.smtp")


@handler
@implementer(IHandler)
class DKIMSign:
    """Adds a DKIM-Signature; in no pipeline, delivery calls it last but for the ARC seal."""

    name = "dkim-sign"
    description = mark("Sign the message in the name of the list's domain.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def applies(self, msgdata: dict) -> bool:
        """Whether the site wants it, and it is still to be done."""
        return self.engine.settings.DKIM.enabled and not msgdata.get("dkim_signed")

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`.  A message that cannot be signed goes as it is."""
        if not self.applies(msgdata):
            return
        wanted = self.engine.settings.DKIM
        try:
            key = read_key(key_path(self.engine.settings, wanted.privkey))
            domain = wanted.domain or mlist.mail_host
            field = dkim_signature(msg, key, wanted.selector, domain, wanted.sig_headers)
        except (SigningError, SigningKeyError) as error:
            log.error("%s leaves without DKIM signature: %s", msg["message-id"], error)
            return
        prepend_field(msg, field)
        msgdata["dkim_signed"] = True
