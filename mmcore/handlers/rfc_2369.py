"""Adds the header fields by which programs recognise and operate a list (RFC 2369, RFC 2919)."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.base import first_line
from mmcore.interfaces.handler import IHandler
from mmcore.message.addresses import format_address

#: Each may stand in a message once, so those of a list before us go.
FIELDS = (
    "list-id",
    "list-help",
    "list-owner",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "list-subscribe",
    "list-post",
    "list-archive",
    "archived-at",
)


@handler
@implementer(IHandler)
class RFC2369:
    """Replaces the list fields of the message by those of this list."""

    name = "rfc-2369"
    description = mark("Set the List-* fields of RFC 2369 and RFC 2919.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if not mlist.include_rfc2369_headers:
            return
        names = {name.lower() for name in msg}
        for name in FIELDS:
            if name in names:
                del msg[name]
        # From the stored list-id: it outlives a change of name (RFC 2919, section 3).
        description = first_line(mlist.description)
        msg["List-Id"] = (
            format_address(description, mlist.list_id) if description else f"<{mlist.list_id}>"
        )
        request = mlist.request_address
        fields = {
            "List-Help": f"<mailto:{request}?subject=help>",
            "List-Owner": f"<mailto:{mlist.owner_address}>",
            "List-Subscribe": f"<mailto:{mlist.join_address}>",
            "List-Unsubscribe": f"<mailto:{mlist.leave_address}>",
        }
        if not msgdata.get("reduced_list_headers"):
            fields["List-Post"] = (
                f"<mailto:{mlist.posting_address}>" if mlist.allow_list_posts else "NO"
            )
        for name in sorted(fields):
            msg[name] = fields[name]
