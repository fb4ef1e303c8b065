"""What a roster remembers of a membership, so that a page of it loads no membership.

A membership is shown with what its address and its user say: three objects
for each line of a page.  The roster keeps the result beside the address
instead, as a plain tuple; the model methods that change one of the three keep
it true.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from mmcore.interfaces.action import Action
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole, SubscriptionMode
from resources.topics.choice import EVERYTHING

#: What people in charge may do without being asked.
TRUSTED = frozenset({MemberRole.owner, MemberRole.moderator})

#: When somebody was warned who never was.
NEVER = datetime.min

_ACTIONS: dict[int | None, Action | None] = {None: None, **{a.value: a for a in Action}}
_MODES = {mode.value: mode for mode in DeliveryMode}
_STATUSES = {status.value: status for status in DeliveryStatus}


class Entry(NamedTuple):
    """One membership as clients see it; the names are those of `IMember`."""

    list_id: str
    role: MemberRole
    email: str
    member_id: str
    user_id: str | None
    display_name: str
    as_user: bool
    delivery_mode: DeliveryMode
    delivery_status: DeliveryStatus
    moderation_action: Action | None
    bounce_score: int
    last_bounce_received: datetime | None
    last_warning_sent: datetime
    total_warnings_sent: int
    #: See `resources.topics.choice`.
    topic_choice: str

    @property
    def subscription_mode(self) -> SubscriptionMode:
        """Whether a user or an address is subscribed."""
        return SubscriptionMode.as_user if self.as_user else SubscriptionMode.as_address


def initial_action(role: MemberRole) -> Action | None:
    """The moderation action of a new membership."""
    return Action.accept if role in TRUSTED else None


def _rest(member: Any, mode: DeliveryMode, status: DeliveryStatus) -> str:
    """What is unusual about a membership, as text."""
    action = member.moderation_action
    bounced, warned = member.last_bounce_received, member.last_warning_sent
    unusual = {
        "as_user": member.user_id is not None,
        "mode": 0 if mode is DeliveryMode.regular else mode.value,
        "status": 0 if status is DeliveryStatus.enabled else status.value,
        "score": member.bounce_score,
        "bounced": "" if bounced is None else bounced.isoformat(),
        "warned": "" if warned == NEVER else warned.isoformat(),
        "warnings": member.total_warnings_sent,
        "topics": member.topic_choice,
    }
    unusual = {name: value for name, value in unusual.items() if value}
    if action is not initial_action(member.role):
        unusual["action"] = None if action is None else action.value
    return json.dumps(unusual) if unusual else ""


def pack(member: Any) -> tuple[str, ...]:
    """The value to store for an `IMember`: user id, name, and what is unusual, if anything.

    All of it is text: the database compares values when it resolves conflicts.
    """
    address, user = member.behind()
    name = (address if member.user_id is None else user).display_name
    if not name and user is not None:
        name = user.display_name
    mode = member.resolved("delivery_mode", address, user)
    status = member.resolved("delivery_status", address, user)
    known = ("" if user is None else user.user_id, name)
    rest = _rest(member, mode, status)
    return (*known, rest) if rest else known


def unpack(list_id: str, role: MemberRole, key: tuple[str, str], value: tuple[str, ...]) -> Entry:
    """The entry for a key and its stored value."""
    email, member_id = key
    user_id, name = value[:2]
    if len(value) == 2:
        return Entry(list_id, role, email, member_id, user_id or None, name, *_COMMON[role])
    rest = json.loads(value[2])
    action = _ACTIONS[rest["action"]] if "action" in rest else initial_action(role)
    bounced = rest.get("bounced")
    return Entry(
        list_id,
        role,
        email,
        member_id,
        user_id or None,
        name,
        as_user=rest.get("as_user", False),
        delivery_mode=_MODES[rest["mode"]] if "mode" in rest else DeliveryMode.regular,
        delivery_status=_STATUSES[rest["status"]] if "status" in rest else DeliveryStatus.enabled,
        moderation_action=action,
        bounce_score=rest.get("score", 0),
        last_bounce_received=datetime.fromisoformat(bounced) if bounced else None,
        last_warning_sent=datetime.fromisoformat(rest["warned"]) if "warned" in rest else NEVER,
        total_warnings_sent=rest.get("warnings", 0),
        topic_choice=rest.get("topics", EVERYTHING),
    )


#: What most memberships of a role have in common, and is not stored for each.
_COMMON: dict[MemberRole, tuple[Any, ...]] = {
    role: (
        False,
        DeliveryMode.regular,
        DeliveryStatus.enabled,
        initial_action(role),
        0,
        None,
        NEVER,
        0,
        EVERYTHING,
    )
    for role in MemberRole
}
