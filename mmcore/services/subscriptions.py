"""Joining and leaving: one small state machine.

A request to join or leave needs up to three consents: the address is verified,
its owner confirms, a moderator approves.  What the list's policy asks for and
nobody has given yet decides whose move it is; the request then waits under a
token, and every answer to it leads back to the same question.  Nothing but
the request is stored, and the policy is that of the moment.
"""

from __future__ import annotations

import logging
from dataclasses import replace
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
    NoSuchRequestError,
    SubscriptionPendingError,
    SubscriptionPolicy,
    TokenOwner,
)
from mmcore.interfaces.user import IUser, MissingPreferredAddressError
from mmcore.services import subscription_notices as notices
from mmcore.services.leaving import end_membership
from mmcore.services.subscription_requests import (
    SUBSCRIPTION,
    UNSUBSCRIPTION,
    Request,
    request_data,
    stored_request,
    wait,
    whose_move,
)
from mmcore.services.welcome import send_welcome

log = logging.getLogger("mmcore.subscriptions")

#: What `register`, `unregister` and `confirm` answer.
Outcome = tuple[str | None, TokenOwner, Any]


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
    must_confirm: bool = False,
) -> Outcome:
    """Somebody wants to join a list as a member.

    `subscriber` is an `IAddress`, or an `IUser` to follow its preferred
    address.  An `invitation` is subscribed when it is accepted, whatever the
    policy; `must_confirm` has the owner of the address asked, whatever the policy.
    Returns (token, whose move it is, None) while something is
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
            verified=address.verified_on is not None and not must_confirm,
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

    Whoever asks again while a request is pending adds to its consents; the
    token stays if that changes nothing.  Returns (token, whose move it is, the
    member) while something is missing, else (None, no_one, None).
    """
    mlist = member.mailing_list
    if mlist.unsubscription_policy is SubscriptionPolicy.confirm_then_moderate and pre_confirmed:
        # Clients rely on it: who says that the member has confirmed is not
        # made to wait for a moderator.
        pre_approved = True
    request = Request(
        type=UNSUBSCRIPTION,
        list_id=mlist.list_id,
        email=member.email,
        display_name=member.display_name,
        member_id=member.member_id,
        verified=True,
        confirmed=pre_confirmed,
        approved=pre_approved,
    )
    known = _departure(mlist, request)
    if known is None:
        return _go_on(engine, mlist, request)
    token, before, waiting_for = known
    request = replace(
        request,
        confirmed=request.confirmed or before.confirmed,
        approved=request.approved or before.approved,
    )
    owner = whose_move(mlist.unsubscription_policy, request)
    unchanged = (request.confirmed, request.approved) == (before.confirmed, before.approved)
    if owner is waiting_for and unchanged:
        if owner is TokenOwner.subscriber:
            # The first mail may have been lost.
            notices.ask_to_leave(engine, mlist, member.address.original_email, token)
        return token, owner, member
    if owner is not TokenOwner.no_one:
        mlist.site.pendings.confirm(token)
    return _go_on(engine, mlist, request)


def _departure(mlist: Any, request: Request) -> tuple[str, Request, TokenOwner] | None:
    """(token, request, whose move it is) if the same membership is to end already."""
    pendings = mlist.site.pendings
    for token in pendings.find(mlist.list_id, UNSUBSCRIPTION, request.email):
        pendable = pendings.get(token)
        known = stored_request(pendable)
        if known.member_id == request.member_id:
            return token, known, TokenOwner[pendable["token_owner"]]
    return None


def confirm(engine: Any, site: Any, token: str) -> Outcome:
    """The one whose move it was has consented; the token is used up.

    Returns the same as `register` or `unregister`.  Raises NoSuchRequestError for an
    unknown or expired token, and what `register` raises when somebody may not
    join any more: then nothing has changed, and the token goes on waiting.
    """
    pendable = request_data(site, token)
    known = stored_request(pendable)
    mlist = site.lists.get(known.list_id)
    if mlist is None:
        raise NoSuchRequestError(token)
    by_subscriber = pendable["token_owner"] == TokenOwner.subscriber.name
    request = replace(
        known,
        verified=True,
        confirmed=True,
        # A moderator's word, or an accepted invitation, is all that is needed.
        approved=known.approved or known.invitation or not by_subscriber,
        invitation=False,
    )
    if request.joins:
        _check_may_go_on(mlist, request, token)
    site.pendings.confirm(token)
    if request.joins and by_subscriber:
        # Mail that was read and answered proves that the address works.
        site.addresses.get(request.email).verify()
    return _go_on(engine, mlist, request)


def _address_of(mlist: Any, subscriber: Any) -> tuple[Any, str | None]:
    """(address, id of the user that is to be subscribed or None)."""
    if IUser.providedBy(subscriber):
        # Who has no preferred address yet can still be asked; joining needs one.
        email = subscriber.email_in_effect
        if email is None:
            raise MissingPreferredAddressError("User has no preferred address")
        return mlist.site.addresses.get(email), subscriber.user_id
    if subscriber.user is None:
        # Whoever joins gets an identity to which preferences can belong.
        mlist.site.users.make(subscriber.email)
    return subscriber, None


def _check_may_join(mlist: Any, address: Any) -> None:
    """Raise AlreadySubscribedError, MembershipIsBannedError or PostingAddressError."""
    if mlist.members.get(address.email) is not None:
        raise AlreadySubscribedError(mlist.posting_address, address.email, MemberRole.member)
    if mlist.is_banned(address.email):
        raise MembershipIsBannedError("Membership is banned")
    if address.email == mlist.posting_address:
        raise PostingAddressError("List posting address cannot subscribe")


def _check_may_go_on(mlist: Any, request: Request, token: str) -> None:
    """Whether who could join when the request was made still can; see `confirm`."""
    site = mlist.site
    address = site.addresses.get(request.email)
    if address is None:
        raise NoSuchRequestError(token)
    if request.user_id is not None:
        user = site.users.get(request.user_id)
        if user is None:
            raise NoSuchRequestError(token)
        address = user.preferred_address or address
        owner = whose_move(mlist.subscription_policy, request)
        if user.preferred_address is None and owner is TokenOwner.no_one:
            raise MissingPreferredAddressError("User has no preferred address")
    _check_may_join(mlist, address)


def _go_on(engine: Any, mlist: Any, request: Request) -> Outcome:
    """Fulfil the wish, or give out a token to the one whose move it is."""
    policy = mlist.subscription_policy if request.joins else mlist.unsubscription_policy
    owner = whose_move(policy, request)
    # The membership that is to end, if it still exists.
    member = None if request.joins else mlist.site.members.get(request.member_id)
    if owner is TokenOwner.no_one:
        if request.joins:
            return None, owner, _join(engine, mlist, request)
        if member is not None:
            end_membership(engine, member)
        return None, owner, None
    if not request.joins and member is None:
        # Gone meanwhile: what was asked for is done.
        return None, TokenOwner.no_one, None
    token = wait(engine, mlist, request, owner)
    _tell(engine, mlist, request, owner, token)
    return token, owner, member


def _tell(engine: Any, mlist: Any, request: Request, owner: TokenOwner, token: str) -> None:
    """Tell the one whose move it is."""
    if owner is TokenOwner.moderator:
        log.info("%s: the %s of %s waits", mlist.list_id, request.type, request.email)
        if mlist.admin_immed_notify:
            name = request.display_name
            notices.ask_moderators(engine, mlist, request.email, name, joining=request.joins)
        return
    if request.invitation:
        ask = notices.invite
    else:
        ask = notices.ask_to_join if request.joins else notices.ask_to_leave
    ask(engine, mlist, mlist.site.addresses.get(request.email).original_email, token)


def _join(engine: Any, mlist: Any, request: Request) -> Any:
    """Make somebody a member, with all that goes with it; returns the member."""
    site = mlist.site
    address = site.addresses.get(request.email)
    subscriber = address if request.user_id is None else site.users.get(request.user_id)
    member = mlist.subscribe(subscriber)
    if request.delivery_mode is not None:
        member.preferences.delivery_mode = DeliveryMode[request.delivery_mode]
    if request.delivery_status is not None:
        member.preferences.delivery_status = DeliveryStatus[request.delivery_status]
    # Records of a stranger say nothing about a member, by whichever address.
    user = member.user
    for email in {member.email} if user is None else {member.email, *user.emails}:
        for stranger in mlist.nonmembers.memberships(email):
            stranger.unsubscribe()
    log.info("%s joined %s", member.email, mlist.list_id)
    if mlist.admin_notify_mchanges:
        name = member.display_name
        notices.tell_administrators(engine, mlist, member.email, name, joined=True)
    welcome = request.send_welcome_message
    if mlist.send_welcome_message if welcome is None else welcome:
        send_welcome(engine, member)
    return member
