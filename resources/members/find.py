"""Finding memberships by list, person, role and what they prefer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from mmcore.interfaces.member import MemberRole
from resources.lists.model import MailingList
from resources.members.entry import Entry
from resources.members.model import Member
from resources.rest import RestRequest
from resources.wildcards import like


def order(member: Member | Entry) -> tuple[str, str, int]:
    """The order of all mixed collections of memberships."""
    return member.list_id, member.email, member.role.value


def find_members(
    request: RestRequest,
    list_id: str | None = None,
    subscriber: str | None = None,
    role: MemberRole | None = None,
    **criteria: Any,
) -> list[Entry]:
    """Memberships that meet all criteria, in `order`.

    `subscriber` is an address, a user id, or a text with `*` in it. Such a one is also
    matched against names, and `%` and `_` are wildcards in it, too. `criteria` are compared
    with effective values.
    """
    wildcard = subscriber is not None and "*" in subscriber
    candidates: Iterable[Entry]
    if subscriber is not None and not wildcard:
        candidates = (member.entry for member in memberships_of(request, subscriber))
    else:
        candidates = _of_lists(_lists(request, list_id), role)
    tests = [_equals(name, value) for name, value in criteria.items()]
    if subscriber is not None and wildcard:
        tests.append(_matches(request, subscriber))
    return sorted(
        (
            entry
            for entry in candidates
            if (list_id is None or entry.list_id == list_id)
            and (role is None or entry.role is role)
            and all(test(entry) for test in tests)
        ),
        key=order,
    )


def memberships_of(request: RestRequest, subscriber: str) -> list[Member]:
    """Memberships of an address (also as preferred address), or of a user by id."""
    site = request.site
    user_id = request.api.parse_id(subscriber)
    user = None if user_id is None else site.users.get(user_id)
    if user is not None:
        return [m for address in user.addresses for m in address.memberships()] + (
            user.memberships()
        )
    address = site.addresses.get(subscriber)
    if address is None:
        return []
    found = address.memberships()
    owner = address.user
    if owner is not None and owner.email_in_effect == address.email:
        found = found + owner.memberships()
    return found


def _lists(request: RestRequest, list_id: str | None) -> Iterable[MailingList]:
    lists = request.site.lists
    if list_id is None:
        return lists.values()
    # Only a list-id names a list here, a posting address matches nothing.
    mlist = None if "@" in list_id else lists.get(list_id)
    return () if mlist is None else (mlist,)


def _of_lists(lists: Iterable[MailingList], role: MemberRole | None) -> Iterator[Entry]:
    roles = MemberRole if role is None else (role,)
    for mlist in lists:
        for wanted in roles:
            yield from mlist.roster(wanted).entries()


def _equals(name: str, value: Any) -> Callable[[Entry], bool]:
    return lambda entry: getattr(entry, name) == value


def _matches(request: RestRequest, subscriber: str) -> Callable[[Entry], bool]:
    """Whether address or name fit a text with wildcards, in any letter case.

    The name is that of what is subscribed: of a user only where the user is.
    """
    addresses = request.site.addresses
    pattern = re.compile(like(subscriber.replace("*", "%")), re.IGNORECASE | re.DOTALL)

    def test(entry: Entry) -> bool:
        if pattern.fullmatch(entry.email):
            return True
        if not pattern.fullmatch(entry.display_name):
            return False
        # An address without a name is shown with its user's.
        return entry.as_user or bool(addresses[entry.email].display_name)

    return test
