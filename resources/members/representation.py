"""How a membership looks to clients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pyramid.response import Response

from resources.addresses.representation import address_link
from resources.members.entry import NEVER, Entry
from resources.members.model import Member
from resources.members.stream import LARGE, RosterStream, entries_of, streamed
from resources.parameters import ParameterError
from resources.representation import Collection, listing, paging
from resources.rest import RestRequest
from resources.versions import ApiVersion

#: What a membership may show, in the order in which the fields are told.
FIELDS = (
    "address", "bounce_score", "last_bounce_received", "last_warning_sent",
    "total_warnings_sent", "delivery_mode", "email", "list_id", "subscription_mode", "role",
    "user", "moderation_action", "display_name", "self_link", "member_id",
)  # fmt: skip

_NEVER = NEVER.isoformat()


def member_link(api: ApiVersion, member: Member | Entry) -> str:
    """The canonical URL of a membership."""
    return api.url(f"members/{api.id(member.member_id)}")


def show_entry(api: ApiVersion, entry: Entry, fields: Iterable[str] = FIELDS) -> dict[str, Any]:
    """The member object, or some fields of it; unset values are left out.

    Written out as text: a listing has thousands of them.
    """
    member_id = api.id(entry.member_id)
    action, bounced = entry.moderation_action, entry.last_bounce_received
    warned = entry.last_warning_sent
    shown = {
        "address": address_link(api, entry.email),
        "bounce_score": entry.bounce_score,
        "last_bounce_received": None if bounced is None else bounced.isoformat(),
        "last_warning_sent": _NEVER if warned is NEVER else warned.isoformat(),
        "total_warnings_sent": entry.total_warnings_sent,
        "delivery_mode": entry.delivery_mode._name_,
        "email": entry.email,
        "list_id": entry.list_id,
        "subscription_mode": "as_user" if entry.as_user else "as_address",
        "role": entry.role._name_,
        "user": None if entry.user_id is None else api.url(f"users/{api.id(entry.user_id)}"),
        "moderation_action": None if action is None else action._name_,
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
    """A page of memberships; the names in `fields` are looked at when there is one to show."""
    api = request.api
    return listing(
        request, total, fetch, lambda entry: show_entry(api, entry, checked_fields(fields))
    )


def roster_listing(
    request: RestRequest, rosters: Sequence[Any], fields: Iterable[str] | None
) -> Collection | Response:
    """A page of the memberships in rosters; a large one is sent while it is read."""
    total = sum(len(roster) for roster in rosters)
    page = paging(request)
    left = max(0, total - page.start)
    if (left if page.count is None else min(left, page.count)) > LARGE:
        api, wanted = request.api, checked_fields(fields)
        return streamed(
            RosterStream(
                request.registry.database,
                rosters,
                page,
                lambda entry: show_entry(api, entry, wanted),
            )
        )
    return member_listing(
        request, total, lambda start, count: entries_of(rosters, start, count), fields
    )
