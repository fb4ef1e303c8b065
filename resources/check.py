"""The checker of the tree: do the indexes say what the objects say?

Every index repeats something that an object knows, so that nobody has to look
at all objects; the model methods keep the two in step.  `problems()` looks at
all objects, and is for tests and for a site whose tree is in doubt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.interfaces.member import DeliveryMode, DeliveryStatus, MemberRole


def problems(site: Any) -> list[str]:
    """Everything in which an index disagrees with the objects, in words; empty if sound."""
    found: list[str] = []
    for check in CHECKS:
        try:
            # One by one, so that nothing is forgotten of a check that cannot go on.
            for problem in check(site):
                found.append(problem)
        except (LookupError, AttributeError, TypeError) as error:
            found.append(f"{check.__name__}: cannot go on: {error!r}")
    return found


def _container(name: str, container: Any) -> Iterator[str]:
    """Names, parents and the count of a container."""
    for key, node in container._data.items():
        if node.__name__ != str(key):
            yield f"{name}: {key} calls itself {node.__name__}"
        if node.__parent__ is not container:
            yield f"{name}: {key} has another parent"
    if len(container) != len(container._data):
        yield f"{name}: counts {len(container)}, has {len(container._data)}"


def _compared(name: str, found: Any, expected: Any) -> Iterator[str]:
    """One problem if an index is not what it should be."""
    if found != expected:
        yield f"{name}: is {found!r}, should be {expected!r}"


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list]:
    groups: dict[Any, list] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: sorted(values) for key, values in groups.items()}


def _sets(index: Any) -> dict[Any, list]:
    return {key: list(values) for key, values in index.items()}


def domains(site: Any) -> Iterator[str]:
    """Keys, aliases, owners."""
    domains = site.domains
    yield from _container("domains", domains)
    pairs = []
    for host, domain in domains._data.items():
        if domain.mail_host != host:
            yield f"domains: {host} is {domain.mail_host}"
        for user_id in domain.owner_ids:
            if site.users.get(user_id) is None:
                yield f"domains: {host} is owned by {user_id}, who does not exist"
        if domain.alias_domain is not None:
            pairs.append((domain.alias_domain, host))
    found = {alias: list(hosts) for alias, hosts in domains._aliases.items()}
    yield from _compared("aliases", found, _grouped(pairs))


def lists(site: Any) -> Iterator[str]:
    """Keys, the indexes by address and by host, domains."""
    lists = site.lists
    yield from _container("lists", lists)
    every = dict(lists._data.items())
    for list_id, mlist in every.items():
        if mlist.list_id != list_id:
            yield f"lists: {list_id} is {mlist.list_id}"
        if mlist.domain is None:
            yield f"lists: {list_id} is in a domain that does not exist"
    by_address = {mlist.posting_address: list_id for list_id, mlist in every.items()}
    yield from _compared("lists by address", dict(lists._by_address.items()), by_address)
    by_host = _grouped((mlist.mail_host, list_id) for list_id, mlist in every.items())
    yield from _compared("lists by host", _sets(lists._by_host), by_host)


def users(site: Any) -> Iterator[str]:
    """Keys, order of creation, addresses, memberships."""
    users = site.users
    yield from _container("users", users)
    for user_id, user in users._data.items():
        if user.user_id != user_id:
            yield f"users: {user_id} is {user.user_id}"
        for email in user.emails:
            address = site.addresses.get(email)
            if address is None or address.user_id != user_id:
                yield f"users: {user_id} has {email}, which is not linked to it"
        if user.preferred_email is not None and user.preferred_email not in user.emails:
            yield f"users: {user_id} prefers {user.preferred_email}, which it does not have"
        yield from _memberships(site, f"users: {user_id}", user, (user_id, None))
    found = [(key, user.user_id) for key, user in users._by_time.items()]
    expected = sorted(
        ((user.created_on, user_id), user_id) for user_id, user in users._data.items()
    )
    yield from _compared("users by time", found, expected)


def addresses(site: Any) -> Iterator[str]:
    """Keys, users, memberships."""
    yield from _container("addresses", site.addresses)
    for email, address in site.addresses._data.items():
        if address.email != email or email != email.lower():
            yield f"addresses: {email} is {address.email}"
        if address.user_id is not None:
            user = site.users.get(address.user_id)
            if user is None or email not in user.emails:
                yield f"addresses: {email} is linked to {address.user_id}, who does not have it"
        yield from _memberships(site, f"addresses: {email}", address, (None, email))


def _memberships(
    site: Any, name: str, subscriber: Any, whose: tuple[str | None, str | None]
) -> Iterator[str]:
    """Whether the memberships that a user or an address names are its own."""
    for member_id, times in Counter(subscriber.member_ids).items():
        member = site.members.get(member_id)
        if member is None or (member.user_id, member.explicit_email) != whose:
            yield f"{name} has the membership {member_id}, which is not its own"
        if times > 1:
            yield f"{name} has the membership {member_id} {times} times"


def members(site: Any) -> Iterator[str]:
    """Keys, lists, subscribers, rosters."""
    yield from _container("members", site.members)
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


def rosters(site: Any) -> Iterator[str]:
    """Who stands in rosters, how many, and who gets mail."""
    for list_id, mlist in site.lists._data.items():
        for role in MemberRole:
            yield from _roster(site, f"roster {list_id} {role.name}", mlist.roster(role), list_id)


def _roster(site: Any, name: str, roster: Any, list_id: str) -> Iterator[str]:
    count = 0
    recipients = set()
    for email, member_id in roster._index:
        count += 1
        member = site.members.get(member_id)
        if (
            member is None
            or (member.list_id, member.role) != (list_id, roster.role)
            or member.email != email
        ):
            yield f"{name}: {member_id} does not belong under {email!r}"
        elif (
            email
            and member.delivery_mode is DeliveryMode.regular
            and member.delivery_status is DeliveryStatus.enabled
        ):
            recipients.add(email)
    yield from _compared(f"{name}: count", len(roster), count)
    if roster.role is MemberRole.member:
        yield from _compared(f"{name}: recipients", list(roster.recipients), sorted(recipients))


def held(site: Any) -> Iterator[str]:
    """Numbers, lists, texts."""
    held = site.held
    pairs = []
    for number, message in held._data.items():
        if message.request_id != number or number >= held._next:
            yield f"held: {number} is {message.request_id}, the next will be {held._next}"
        if site.lists.get(message.list_id) is None:
            yield f"held: {number} is for {message.list_id}, which does not exist"
        if not str(message.content).startswith("k:"):
            yield f"held: {number} is not kept for long, but {message.content}"
        pairs.append((message.list_id, number))
    yield from _compared("held by list", _sets(held._by_list), _grouped(pairs))


def pendings(site: Any) -> Iterator[str]:
    """The indexes by list and by time."""
    every = dict(site.pendings._data.items())
    by_list = _grouped(
        (pending.data["list_id"], token)
        for token, pending in every.items()
        if pending.data.get("list_id")
    )
    yield from _compared("pendings by list", _sets(site.pendings._by_list), by_list)
    by_expiry = sorted((pending.expires, token) for token, pending in every.items())
    yield from _compared("pendings by expiry", list(site.pendings._by_expiry), by_expiry)


def deliveries(site: Any) -> Iterator[str]:
    """Keys and the index by time."""
    yield from _container("deliveries", site.deliveries)
    expected = sorted((record.finished_at, name) for name, record in site.deliveries._data.items())
    yield from _compared("deliveries by time", list(site.deliveries._by_time), expected)


def queues(site: Any) -> Iterator[str]:
    """Shards, names, counts, and whether every entry can be read."""
    for queue, switchboard in site.queues._data.items():
        for shard in switchboard._shards:
            large = dict(shard.large.items())
            if len(large) != shard.large_count():
                yield f"{queue}: a shard counts {shard.large_count()}, has {len(large)}"
            for name in shard.small.keys() & large.keys():
                yield f"{queue}: {name} is there twice"
            for name, entry in (shard.small | large).items():
                if switchboard._shard(name) is not shard:
                    yield f"{queue}: {name} is in the wrong shard"
                try:
                    if entry.name != name:
                        yield f"{queue}: {name} calls itself {entry.name}"
                    entry.msgdata()
                except POSKeyError:
                    yield f"{queue}: {name} cannot be read"


CHECKS: tuple[Callable[[Any], Iterator[str]], ...] = (
    domains, lists, users, addresses, members, rosters, held, pendings, deliveries, queues,
)  # fmt: skip
