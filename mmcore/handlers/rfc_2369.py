"""Adds the header fields by which programs recognise and operate a list (RFC 2369, 2919, 5064)."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.base import first_line, mailto, uri_list
from mmcore.interfaces.handler import IHandler
from mmcore.message.addresses import format_address
from mmcore.message.headers import in_one_line
from mmcore.services.archivers import archive_urls

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
        list_id = f"<{mlist.list_id}>"
        if description:
            list_id = format_address(description, mlist.list_id)
        # Filters look for it, line by line.
        msg["List-Id"] = in_one_line("List-Id", list_id)
        fields = {
            "List-Help": f"<{mailto(mlist.request_address)}?subject=help>",
            "List-Owner": f"<{mailto(mlist.owner_address)}>",
            "List-Subscribe": f"<{mailto(mlist.join_address)}>",
            "List-Unsubscribe": f"<{mailto(mlist.leave_address)}>",
        }
        if not msgdata.get("reduced_list_headers"):
            fields["List-Post"] = (
                f"<{mailto(mlist.posting_address)}>" if mlist.allow_list_posts else "NO"
            )
            urls = archive_urls(self.engine, mlist, msg, messages=not msgdata.get("isdigest"))
            # RFC 5064 allows one for each archive, RFC 2369 one field with all of them.
            for url in urls.messages.values():
                msg["Archived-At"] = f"<{url}>"
            if urls.lists:
                fields["List-Archive"] = uri_list("List-Archive", urls.lists.values())
        for name in sorted(fields):
            msg[name] = fields[name]
