"""Whether memberships and rosters say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole
from resources.checking import compared, container
from resources.digests.readers import reading
from resources.members.by_bounces import row
from resources.topics.choice import EVERYTHING, together


def check(site: Any) -> Iterator[str]:
    """Memberships, then who stands in rosters, how many, and who gets mail."""
    yield from _members(site)
    bouncing = {key: row(member) for key, member in site.members._data.items()}
    expected = {key: value for key, value in bouncing.items() if value is not None}
    yield from compared("members: by bounces", dict(site.members.by_bounces), expected)
    yield from _rosters(site)


def _members(site: Any) -> Iterator[str]:
    """Keys, lists, subscribers, rosters."""
    yield from container("members", site.members)
    for member_id, member in site.members._data.items():
        name = f"members: {member_id}"
        if member.member_id != member_id:
            yield f"{name} is {member.member_id}"
        if (member.user_id is None) == (member.explicit_email is None):
            yield f"{name} is not of exactly one of user and address"
            continue
        if member.user_id is None:
            subscriber = site.addresses.get(member.explicit_email)
        else:
            subscriber = site.users.get(member.user_id)
        if subscriber is None or member_id not in subscriber.member_ids:
            yield f"{name} is unknown to its subscriber"
        elif site.lists.get(member.list_id) is None:
            yield f"{name} is of {member.list_id}, which does not exist"
        elif member_id not in member.roster()._ids(member.email):
            yield f"{name} is not in its roster under {member.email!r}"


def _rosters(site: Any) -> Iterator[str]:
    """Who stands in rosters, how many, and who gets mail."""
    for list_id, mlist in site.lists._data.items():
        for role in MemberRole:
            yield from _roster(site, f"roster {list_id} {role.name}", mlist.roster(role), list_id)


def _roster(site: Any, name: str, roster: Any, list_id: str) -> Iterator[str]:
    recipients: dict[str, list[str]] = {}
    for entry in roster.entries():
        member = site.members.get(entry.member_id)
        if member is None or (member.list_id, member.role) != (list_id, roster.role):
            yield f"{name}: {entry.member_id} does not belong here"
        elif member.entry != entry:
            yield f"{name}: {entry} should be {member.entry}"
        elif (
            member.delivery_mode is DeliveryMode.regular
            and member.delivery_status is DeliveryStatus.enabled
        ):
            recipients.setdefault(entry.email, []).append(member.topic_choice)
    for problem in roster.wrong_counts():
        yield f"{name}: {problem}"
    if roster.role is MemberRole.member:
        choices = [(together(chosen), email) for email, chosen in recipients.items()]
        every = sorted(email for choice, email in choices if choice == EVERYTHING)
        yield from compared(f"{name}: recipients", list(roster.recipients), every)
        choosers = sorted(f"{choice} {email}" for choice, email in choices if choice)
        yield from compared(f"{name}: choosers", list(roster.choosers), choosers)
        digests = list(roster.digest_readers)
        yield from compared(f"{name}: digests", digests, list(_digest_readers(site, roster)))


def _digest_readers(site: Any, roster: Any) -> Iterator[tuple[str, DeliveryMode]]:
    """Who gets digests, from what the roster knows of each membership."""
    for email in sorted(set(roster.emails())):
        if (entry := reading(roster.entries_of(email))) is not None:
            yield site.addresses[email].original_email, entry.delivery_mode
