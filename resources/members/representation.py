"""How a membership looks to clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from resources.addresses.representation import address_link
from resources.members.model import Member
from resources.parameters import ParameterError
from resources.representation import Collection, listing
from resources.rest import RestRequest
from resources.users.representation import user_link
from resources.versions import ApiVersion

#: What a membership may show, in the order in which the fields are told.
FIELDS = (
    "address", "bounce_score", "last_bounce_received", "last_warning_sent",
    "total_warnings_sent", "delivery_mode", "email", "list_id", "subscription_mode", "role",
    "user", "moderation_action", "display_name", "self_link", "member_id",
)  # fmt: skip


def member_link(api: ApiVersion, member: Member) -> str:
    """The canonical URL of a membership."""
    return api.url(f"members/{api.id(member.member_id)}")


def show_member(api: ApiVersion, member: Member, fields: Iterable[str] = FIELDS) -> dict[str, Any]:
    """The member object, or some fields of it; unset values are left out."""
    address, user = member.behind()
    name = (address if member.user_id is None else user).display_name
    mode = member.preference("delivery_mode")
    if mode is None:
        mode = member.inherited("delivery_mode", address, user)
    shown = {
        "address": None if address is None else address_link(api, address.email),
        "bounce_score": member.bounce_score,
        "last_bounce_received": member.last_bounce_received,
        "last_warning_sent": member.last_warning_sent,
        "total_warnings_sent": member.total_warnings_sent,
        "delivery_mode": mode,
        "email": "" if address is None else address.email,
        "list_id": member.list_id,
        "subscription_mode": member.subscription_mode,
        "role": member.role,
        "user": None if user is None else user_link(api, user),
        "moderation_action": member.moderation_action,
        "display_name": name or ("" if user is None else user.display_name),
        "self_link": member_link(api, member),
        "member_id": api.id(member.member_id),
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
    fetch: Callable[[int, int | None], Iterable[Member]],
    fields: Iterable[str] | None = None,
) -> Collection:
    """A page of memberships."""
    wanted = checked_fields(fields)
    return listing(request, total, fetch, lambda m: show_member(request.api, m, wanted))
