"""Leaving a list by the token of a membership (RFC 8058).

The token is all the proof that is wanted: it stands in a mail that only this member has got.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmcore.interfaces.member import MemberRole
from mmcore.services.leaving import end_membership
from mmcore.services.unsubscribe_tokens import read_token


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a token stands for, as it can be shown: plain values.

    `email` is empty when the membership has ended, everything but `list_id` when the list has.
    """

    list_id: str
    email: str = ""
    list_name: str = ""
    posting_address: str = ""
    join_address: str = ""
    leave_address: str = ""
    #: Languages: of the member, empty without one, and of the list.
    language: str = ""
    list_language: str = ""


def subscription_of(site: Any, token: str) -> Subscription | None:
    """What a token stands for; None if it was not made here.  Changes nothing."""
    known = read_token(site, token)
    if known is None:
        return None
    mlist = site.lists.get(known.list_id)
    if mlist is None:
        return Subscription(known.list_id)
    member = _member(site, known.list_id, known.member_id)
    return Subscription(
        list_id=known.list_id,
        email="" if member is None else member.address.original_email,
        list_name=mlist.display_name,
        posting_address=mlist.posting_address,
        join_address=mlist.join_address,
        leave_address=mlist.leave_address,
        language="" if member is None else member.preferred_language,
        list_language=mlist.preferred_language,
    )


def leave_by_token(engine: Any, site: Any, token: str) -> Subscription | None:
    """End the membership that a token stands for, at once (RFC 8058, section 3.2).

    Returns what it was, or is if it had ended before; None if the token was not made here.
    May be repeated.
    """
    found = subscription_of(site, token)
    known = read_token(site, token)
    if found is not None and found.email and known is not None:
        end_membership(engine, _member(site, known.list_id, known.member_id))
    return found


def _member(site: Any, list_id: str, member_id: str) -> Any:
    """The membership, if it is still one that gets posts of this list."""
    member = site.members.get(member_id)
    if member is None or member.list_id != list_id or member.role is not MemberRole.member:
        return None
    return member
