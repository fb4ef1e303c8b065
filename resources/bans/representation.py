"""How a ban looks to clients."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from resources.bans.model import Bans
from resources.lists.model import MailingList
from resources.versions import ApiVersion


def bans_link(api: ApiVersion, bans: Bans) -> str:
    """The canonical URL of a collection of bans."""
    if isinstance(bans.__parent__, MailingList):
        return api.url(f"lists/{bans.__parent__.list_id}/bans")
    return api.url("bans")


def ban_link(api: ApiVersion, bans: Bans, email: str) -> str:
    """The URL of a ban.  Of a pattern everything is encoded: it is made of special signs."""
    safe = "" if email.startswith("^") else "@+=&!$'*"
    return f"{bans_link(api, bans)}/{quote(email, safe=safe)}"


def show_ban(api: ApiVersion, bans: Bans, email: str) -> dict[str, Any]:
    """The ban object; only those of lists have a `list_id`."""
    shown = {"email": email}
    if isinstance(bans.__parent__, MailingList):
        shown["list_id"] = bans.__parent__.list_id
    return {**shown, "self_link": ban_link(api, bans, email)}
