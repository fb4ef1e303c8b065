"""How a membership looks to clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from resources.members.entry import Entry
from resources.members.model import Member
from resources.parameters import ParameterError
from resources.representation import Collection, listing
from resources.rest import RestRequest
from resources.versions import ApiVersion

#: What a membership may show, in the order in which the fields are told.
FIELDS = (
    "address", "bounce_score", "last_bounce_received", "last_warning_sent",
    "total_warnings_sent", "delivery_mode", "email", "list_id", "subscription_mode", "role",
    "user", "moderation_action", "display_name", "self_link", "member_id",
)  # fmt: skip


def member_link(api: ApiVersion, member: Member | Entry) -> str:
    """The canonical URL of a membership."""
    return api.url(f"members/{api.id(member.member_id)}")


def show_entry(api: ApiVersion, entry: Entry, fields: Iterable[str] = FIELDS) -> dict[str, Any]:
    """The member object, or some fields of it; unset values are left out."""
    member_id = api.id(entry.member_id)
    shown = {
        "address": api.url(f"addresses/{entry.email}"),
        "bounce_score": entry.bounce_score,
        "last_bounce_received": entry.last_bounce_received,
        "last_warning_sent": entry.last_warning_sent,
        "total_warnings_sent": entry.total_warnings_sent,
        "delivery_mode": entry.delivery_mode,
        "email": entry.email,
        "list_id": entry.list_id,
        "subscription_mode": entry.subscription_mode,
        "role": entry.role,
        "user": None if entry.user_id is None else api.url(f"users/{api.id(entry.user_id)}"),
        "moderation_action": entry.moderation_action,
        "display_name": entry.display_name,
        "self_link": api.url(f"members/{member_id}"),
        "member_id": member_id,
    }
    return {name: shown[name] for name in fields if shown[name] is not None}


def checked_fields(fields: Iterable[str] | None) -> Iterable[str]:
    """The fields that a client wants; raises ParameterError for unknown ones."""
    if fields is None:
        return FIELDS
    for name in fields:
        if name not in FIELDS:
            raise ParameterError(
                f'Unknown field "{name}" for Member resource. '
                f"Allowed fields are: {', '.join(FIELDS)}"
            )
    return fields


def member_listing(
    request: RestRequest,
    total: int,
    fetch: Callable[[int, int | None], Iterable[Entry]],
    fields: Iterable[str] | None = None,
) -> Collection:
    """A page of memberships."""
    wanted = checked_fields(fields)
    return listing(request, total, fetch, lambda entry: show_entry(request.api, entry, wanted))
