"""Lets a member leave with one click of the mail program's own button (RFC 8058)."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.handlers.base import mailto, uri_list
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.member import MemberRole
from mmcore.services.unsubscribe_tokens import one_click_uri


@handler
@implementer(IHandler)
class OneClick:
    """Puts the member's own URI into List-Unsubscribe; in no pipeline, delivery calls it.

    Whoever has the URI can unsubscribe the member, so it may stand only in a copy that nobody
    else gets.
    """

    name = "one-click"
    description = mark("Let the member unsubscribe with one click.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        member = msgdata.get("member")
        if member is None or member.role is not MemberRole.member:
            return
        if not mlist.include_rfc2369_headers or "list-unsubscribe" not in msg:
            return
        uri = one_click_uri(self.engine.settings, mlist.site, mlist.list_id, member.member_id)
        if not uri:
            return
        # The address stays, for programs that know only RFC 2369.
        fields = uri_list("List-Unsubscribe", [uri, mailto(mlist.leave_address)])
        msg.replace_header("List-Unsubscribe", fields)
        del msg["list-unsubscribe-post"]
        msg["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
