"""Owners, moderators and nonmembers: added at once, without questions and without mail."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from mmcore.interfaces.user import IUser, MissingPreferredAddressError


def add_role(
    mlist: Any,
    subscriber: Any,
    role: MemberRole,
    delivery_mode: DeliveryMode = DeliveryMode.regular,
    delivery_status: DeliveryStatus | None = None,
) -> Any:
    """Make somebody owner, moderator or nonmember: at once, without mail.

    Of a user the preferred address is taken.  What the user prefers stays as it
    is.  Returns the member; raises AlreadySubscribedError,
    MembershipIsBannedError, PostingAddressError, MissingPreferredAddressError.
    """
    if IUser.providedBy(subscriber):
        subscriber = subscriber.preferred_address
        if subscriber is None:
            raise MissingPreferredAddressError("User without preferred address")
    if subscriber.user is None:
        mlist.site.users.make(subscriber.email)
    member = mlist.subscribe(subscriber, role)
    member.preferences.delivery_mode = delivery_mode
    if delivery_status is not None:
        member.preferences.delivery_status = delivery_status
    return member


def administrators(mlist: Any) -> list[str]:
    """Addresses of the owners and moderators who get mail, in order."""
    return sorted(
        {
            member.email
            for roster in (mlist.owners, mlist.moderators)
            for member in roster.members()
            if member.email and member.delivery_status is DeliveryStatus.enabled
        }
    )
