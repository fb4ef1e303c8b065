"""Joining and leaving: one small state machine.

A request to join or leave needs up to three consents: the address is verified,
its owner confirms, a moderator approves.  What the list's policy asks for and
nobody has given yet decides whose move it is; the request then waits under a
token, and every answer to it leads back to the same question.  Nothing but
the request is stored, and the policy is that of the moment.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from mmcore.interfaces.member import (
    AlreadySubscribedError,
    DeliveryMode,
    DeliveryStatus,
    MemberRole,
    MembershipIsBannedError,
    PostingAddressError,
)
from mmcore.interfaces.subscription import (
    SubscriptionPendingError,
    SubscriptionPolicy,
    TokenOwner,
)
from mmcore.interfaces.user import IUser, MissingPreferredAddressError
from mmcore.services.welcome import send_welcome

log = logging.getLogger("mmcore.subscriptions")

SUBSCRIPTION = "subscription"
UNSUBSCRIPTION = "unsubscription"

CONFIRMING = frozenset({SubscriptionPolicy.confirm, SubscriptionPolicy.confirm_then_moderate})
MODERATED = frozenset({SubscriptionPolicy.moderate, SubscriptionPolicy.confirm_then_moderate})

#: What `register`, `unregister` and `confirm` answer.
Outcome = tuple[str | None, TokenOwner, Any]


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


def whose_move(policy: SubscriptionPolicy, request: Request) -> TokenOwner:
    """Whose consent is missing; `no_one` when the wish can be fulfilled."""
    if request.invitation or not request.verified:
        return TokenOwner.subscriber
    if policy in CONFIRMING and not request.confirmed:
        return TokenOwner.subscriber
    if policy in MODERATED and not request.approved:
        return TokenOwner.moderator
    return TokenOwner.no_one


def register(
    engine: Any,
    mlist: Any,
    subscriber: Any,
    *,
    pre_verified: bool = False,
    pre_confirmed: bool = False,
    pre_approved: bool = False,
    invitation: bool = False,
    send_welcome_message: bool | None = None,
    delivery_mode: DeliveryMode | None = None,
    delivery_status: DeliveryStatus | None = None,
) -> Outcome:
    """Somebody wants to join a list as a member.

    `subscriber` is an `IAddress`, or an `IUser` to follow its preferred
    address.  An `invitation` is subscribed when it is accepted, whatever the
    policy.  Returns (token, whose move it is, None) while something is
    missing, else (None, no_one, the member).  Raises AlreadySubscribedError,
    MembershipIsBannedError, PostingAddressError, SubscriptionPendingError,
    MissingPreferredAddressError.
    """
    address, user_id = _address_of(mlist, subscriber)
    _check_may_join(mlist, address)
    if mlist.site.pendings.find(mlist.list_id, SUBSCRIPTION, address.email):
        raise SubscriptionPendingError("Subscription request already pending")
    if pre_verified and not invitation:
        address.verify()
    return _go_on(
        engine,
        mlist,
        Request(
            type=SUBSCRIPTION,
            list_id=mlist.list_id,
            email=address.email,
            display_name=address.display_name,
            user_id=user_id,
            verified=address.verified_on is not None,
            confirmed=pre_confirmed,
            approved=pre_approved,
            invitation=invitation,
            send_welcome_message=send_welcome_message,
            delivery_mode=delivery_mode.name if delivery_mode else None,
            delivery_status=delivery_status.name if delivery_status else None,
        ),
    )


def unregister(
    engine: Any, member: Any, *, pre_confirmed: bool = False, pre_approved: bool = False
) -> Outcome:
    """A member wants to leave.

    Returns (token, whose move it is, the member) while something is missing,
    else (None, no_one, None).
    """
    mlist = member.mailing_list
    if mlist.unsubscription_policy is SubscriptionPolicy.confirm_then_moderate and pre_confirmed:
        # Clients rely on it: who says that the member has confirmed is not
        # made to wait for a moderator.
        pre_approved = True
    return _go_on(
        engine,
        mlist,
        Request(
            type=UNSUBSCRIPTION,
            list_id=mlist.list_id,
            email=member.email,
            display_name=member.display_name,
            member_id=member.member_id,
            verified=True,
            confirmed=pre_confirmed,
            approved=pre_approved,
        ),
    )


def confirm(engine: Any, site: Any, token: str) -> Outcome:
    """The one whose move it was has consented; the token is used up.

    Returns the same as `register` or `unregister`.  Raises LookupError for an
    unknown or expired token, and what `register` raises when somebody may not
    join any more.
    """
    pendable = _request_data(site, token)
    site.pendings.confirm(token)
    names = {item.name for item in fields(Request)}
    request = Request(**{name: value for name, value in pendable.items() if name in names})
    mlist = site.lists.get(request.list_id)
    if mlist is None:
        raise LookupError(token)
    by_subscriber = pendable["token_owner"] == TokenOwner.subscriber.name
    if request.type == SUBSCRIPTION:
        address = site.addresses.get(request.email)
        if address is None or (request.user_id and site.users.get(request.user_id) is None):
            raise LookupError(token)
        if by_subscriber:
            # Mail that was read and answered proves that the address works.
            address.verify()
    # A moderator's word, or an accepted invitation, is all that is needed.
    final = request.invitation or not by_subscriber
    request = replace(
        request,
        verified=True,
        confirmed=True,
        approved=final or request.approved,
        invitation=False,
    )
    return _go_on(engine, mlist, request)


def discard(site: Any, token: str) -> None:
    """Forget a request; raises LookupError for an unknown or expired token."""
    _request_data(site, token)
    site.pendings.confirm(token)


def add_role(
    mlist: Any,
    subscriber: Any,
    role: MemberRole,
    delivery_mode: DeliveryMode | None = None,
    delivery_status: DeliveryStatus | None = None,
) -> Any:
    """Make somebody owner, moderator or nonmember: at once, without mail.

    Of a user the preferred address is taken.  Returns the member; raises
    AlreadySubscribedError, MembershipIsBannedError, PostingAddressError,
    MissingPreferredAddressError.
    """
    if IUser.providedBy(subscriber):
        subscriber = subscriber.preferred_address
        if subscriber is None:
            raise MissingPreferredAddressError("User without preferred address")
    member = mlist.subscribe(subscriber, role)
    if subscriber.user is None:
        mlist.site.users.make(subscriber.email)
    if delivery_mode is not None:
        member.preferences.delivery_mode = delivery_mode
    if delivery_status is not None:
        member.preferences.delivery_status = delivery_status
    return member


def _address_of(mlist: Any, subscriber: Any) -> tuple[Any, str | None]:
    """(address, id of the user that is to be subscribed or None)."""
    if IUser.providedBy(subscriber):
        if subscriber.preferred_address is None:
            raise MissingPreferredAddressError("User has no preferred address")
        return subscriber.preferred_address, subscriber.user_id
    if subscriber.user is None:
        # Whoever joins gets an identity to which preferences can belong.
        mlist.site.users.make(subscriber.email)
    return subscriber, None


def _check_may_join(mlist: Any, address: Any) -> None:
    if mlist.members.get(address.email) is not None:
        raise AlreadySubscribedError(mlist.posting_address, address.email, MemberRole.member)
    if mlist.is_banned(address.email):
        raise MembershipIsBannedError("Membership is banned")
    if address.email == mlist.posting_address:
        raise PostingAddressError("List posting address cannot subscribe")


def _go_on(engine: Any, mlist: Any, request: Request) -> Outcome:
    """Fulfil the wish, or give out a token to the one whose move it is."""
    joining = request.type == SUBSCRIPTION
    policy = mlist.subscription_policy if joining else mlist.unsubscription_policy
    owner = whose_move(policy, request)
    member = None if joining else _member(mlist, request)
    if owner is TokenOwner.no_one:
        if joining:
            return None, owner, _join(engine, mlist, request)
        if member is not None:
            member.unsubscribe()
            log.info("%s left %s", request.email, mlist.list_id)
        return None, owner, None
    if not joining and member is None:
        # Gone meanwhile: what was asked for is done.
        return None, TokenOwner.no_one, None
    settings = engine.settings.mmcore
    moderated = owner is TokenOwner.moderator
    lifetime = settings.moderator_request_life if moderated else settings.pending_request_life
    pendable = asdict(request)
    pendable["when"] = datetime.now(UTC).replace(tzinfo=None, microsecond=0).isoformat()
    pendable["token_owner"] = owner.name
    return mlist.site.pendings.add(pendable, lifetime), owner, member


def _join(engine: Any, mlist: Any, request: Request) -> Any:
    site = mlist.site
    address = site.addresses.get(request.email)
    subscriber = address if request.user_id is None else site.users.get(request.user_id)
    member = mlist.subscribe(subscriber)
    if request.delivery_mode is not None:
        member.preferences.delivery_mode = DeliveryMode[request.delivery_mode]
    if request.delivery_status is not None:
        member.preferences.delivery_status = DeliveryStatus[request.delivery_status]
    # A record of a stranger says nothing about a member.
    for stranger in mlist.nonmembers.memberships(member.email):
        stranger.unsubscribe()
    log.info("%s joined %s", member.email, mlist.list_id)
    welcome = request.send_welcome_message
    if mlist.send_welcome_message if welcome is None else welcome:
        send_welcome(engine, member)
    return member


def _member(mlist: Any, request: Request) -> Any:
    """The membership that is to end, if it still exists."""
    return mlist.site.members.get(request.member_id)


def _request_data(site: Any, token: str) -> dict[str, Any]:
    pendable = site.pendings.get(token)
    if pendable is None or pendable.get("type") not in (SUBSCRIPTION, UNSUBSCRIPTION):
        raise LookupError(token)
    return pendable
