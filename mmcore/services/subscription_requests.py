"""Requests to join or leave a list: what is stored of them while somebody has to answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Any

from mmcore.interfaces.subscription import (
    NoSuchRequestError,
    RequestType,
    SubscriptionPolicy,
    TokenOwner,
)

SUBSCRIPTION = RequestType.subscription.name
UNSUBSCRIPTION = RequestType.unsubscription.name

CONFIRMING = frozenset({SubscriptionPolicy.confirm, SubscriptionPolicy.confirm_then_moderate})
MODERATED = frozenset({SubscriptionPolicy.moderate, SubscriptionPolicy.confirm_then_moderate})


@dataclass(frozen=True)
class Request:
    """One wish to join or leave, and the consents it has.

    All values are plain, so that it can be stored as a pendable.
    """

    type: str
    list_id: str
    email: str
    display_name: str = ""
    user_id: str | None = None
    member_id: str | None = None
    verified: bool = False
    confirmed: bool = False
    approved: bool = False
    invitation: bool = False
    send_welcome_message: bool | None = None
    delivery_mode: str | None = None
    delivery_status: str | None = None

    @property
    def joins(self) -> bool:
        """Whether somebody wants to join, not to leave."""
        return self.type == SUBSCRIPTION


def stored_request(pendable: dict[str, Any]) -> Request:
    """The request that was stored as a pendable."""
    names = {item.name for item in fields(Request)}
    return Request(**{name: value for name, value in pendable.items() if name in names})


def whose_move(policy: SubscriptionPolicy, request: Request) -> TokenOwner:
    """Whose consent is missing; `no_one` when the wish can be fulfilled."""
    if request.invitation or not request.verified:
        return TokenOwner.subscriber
    if policy in CONFIRMING and not request.confirmed:
        return TokenOwner.subscriber
    if policy in MODERATED and not request.approved:
        return TokenOwner.moderator
    return TokenOwner.no_one


def wait(engine: Any, mlist: Any, request: Request, owner: TokenOwner) -> str:
    """Store a request until its owner answers; returns the token."""
    settings = engine.settings.mmcore
    moderated = owner is TokenOwner.moderator
    lifetime = settings.moderator_request_life if moderated else settings.pending_request_life
    pendable = asdict(request)
    pendable["when"] = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    pendable["token_owner"] = owner.name
    return mlist.site.pendings.add(pendable, lifetime)


def discard(site: Any, token: str) -> None:
    """Forget a request; raises NoSuchRequestError for an unknown or expired token."""
    request_data(site, token)
    site.pendings.confirm(token)


def request_data(site: Any, token: str) -> dict[str, Any]:
    """What is stored of a request; raises NoSuchRequestError for an unknown or expired token."""
    pendable = site.pendings.get(token)
    if pendable is None or pendable.get("type") not in (SUBSCRIPTION, UNSUBSCRIPTION):
        raise NoSuchRequestError(token)
    return pendable
