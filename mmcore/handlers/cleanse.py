"""Removes header fields that must not reach the members."""

from __future__ import annotations

import logging
import re
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.base import first_line
from mmcore.interfaces.handler import IHandler
from mmcore.message.addresses import format_address
from mmcore.message.headers import add_message_hash, derived_message_id, make_message_id

log = logging.getLogger("mmcore.smtp")

#: Passwords of moderators, requests for receipts, and a claim about an archive that is not ours.
ALWAYS = frozenset(
    {
        "approved",
        "approve",
        "x-approved",
        "x-approve",
        "urgent",
        "return-receipt-to",
        "disposition-notification-to",
        "x-confirm-reading-to",
        "x-pmrqc",
        "archived-at",
    }
)
#: What tells who wrote to an anonymous list, or through whose machines.
IDENTIFYING = frozenset(
    {
        "from",
        "reply-to",
        "sender",
        "organization",
        "return-path",
        "x-originating-email",
        "received",
        "message-id",
        "x-mailfrom",
        "x-envelope-from",
        "authentication-results",
        "arc-authentication-results",
        "arc-message-signature",
        "arc-seal",
        "autocrypt",
        "bcc",
        "dkim-filter",
        "dkim-signature",
        "domainkey-signature",
        "errors-to",
        "feedback-id",
        "mail-copies-to",
        "mail-followup-to",
        "mail-reply-to",
        "openpgp",
        "originator",
        "received-spf",
        "resent-bcc",
        "resent-from",
        "resent-message-id",
        "resent-reply-to",
        "resent-sender",
        "user-agent",
    }
)


def _anchored(pattern: str) -> re.Pattern[str]:
    # A pattern that ends in a colon means the whole name of the field.
    text = pattern[:-1] + "$" if pattern.endswith(":") else pattern
    return re.compile(text, re.IGNORECASE)


@handler
@implementer(IHandler)
class Cleanse:
    """Removes such fields; on anonymous lists also all that identifies the author."""

    name = "cleanse"
    description = mark("Remove fields that must not reach the members.")
    # A password or the name of an anonymous author must not slip through.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        keep = engine.settings.mmcore.anonymous_list_keep_headers
        self._keep = tuple(_anchored(pattern) for pattern in keep)

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        names = {name.lower() for name in msg}
        for name in names & ALWAYS:
            del msg[name]
        if mlist.anonymous_list:
            self._anonymize(mlist, msg, names - ALWAYS)

    def _anonymize(self, mlist: Any, msg: Any, names: set[str]) -> None:
        log.info(
            "post to %s from %s anonymized",
            mlist.fqdn_listname,
            " ".join(str(msg.get("from", "n/a")).split()),
        )
        message_id = self._new_id(mlist, msg)
        for name in names & IDENTIFYING:
            del msg[name]
        for name in names - IDENTIFYING:
            if name.startswith("x-") and not any(keep.match(name) for keep in self._keep):
                del msg[name]
        msg["Message-ID"] = message_id
        # The hash of the old id would lead to the author's own copy.
        add_message_hash(msg)
        msg["From"] = format_address(first_line(mlist.description), mlist.posting_address)
        msg["Reply-To"] = mlist.posting_address

    def _new_id(self, mlist: Any, msg: Any) -> str:
        """The Message-ID to have: made from the author's own, which nobody can tell from it."""
        old = msg.get("message-id")
        if old is None:
            return make_message_id(mlist.mail_host)
        sources = (mlist.list_id.encode(), str(old).encode("utf-8", "surrogateescape"))
        return derived_message_id(mlist.mail_host, *sources, key=mlist.site.secret)
