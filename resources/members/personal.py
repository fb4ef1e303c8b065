"""Who the recipients of a post are, read from a roster in one go.

A post that is personal asks for the name of each of a hundred thousand members.  The leaves of the
roster are read in order, some hundred at a time, and let go again at once, so that it costs no
memory; a membership is loaded only for what the roster does not know.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mmcore.interfaces.member import Addressee
from resources.container import root_of

#: Recipients that are looked up together.
_STRETCH = 2000
# Smaller and greater than every id (32 hexadecimal digits).
_FIRST_ID = ""
_LAST_ID = "g"

#: (list of leaves, their least keys but for that of the first)
_Leaves = tuple[list[Any], list[Any]]


def addressees(
    roster: Any, entries: Any, emails: Sequence[str], asked: frozenset[str]
) -> Iterator[Addressee | None]:
    """See `IRoster.addressees`; `entries` is the BTree of the roster."""
    leaves = _leaves_of(entries)
    for start in range(0, len(emails), _STRETCH):
        stretch = [email.lower() for email in emails[start : start + _STRETCH]]
        found = dict(_found(entries, leaves, sorted(set(stretch))))
        if asked:
            _load(roster, found, asked)
        for email in stretch:
            yield found.get(email)


def _leaves_of(tree: Any) -> _Leaves:
    """The leaves of a BTree, which are not read; none of one so small that it is its only leaf."""
    leaves: list[Any] = []
    begins: list[Any] = []
    _collect(tree, leaves, begins)
    return leaves, begins


def _collect(node: Any, leaves: list[Any], begins: list[Any]) -> None:
    state = node.__getstate__()
    if state is None or len(state) != 2:
        return
    children, keys = state[0][::2], state[0][1::2]
    for number, child in enumerate(children):
        if number:
            begins.append(keys[number - 1])
        if isinstance(child, type(node)):
            _collect(child, leaves, begins)
        else:
            leaves.append(child)


def _found(
    entries: Any, leaves: _Leaves, emails: Sequence[str]
) -> Iterator[tuple[str, Addressee]]:
    """(address, member) of those among some sorted addresses who are in a roster."""
    wanted = set(emails)
    before: str | None = None
    for (email, member_id), value in _items(entries, leaves, emails):
        # The membership of the address goes before that of its user.
        if email in wanted and not (email == before and '"as_user"' in "".join(value[2:])):
            yield email, Addressee(member_id, value[0], value[1])
        before = email


def _items(entries: Any, leaves: _Leaves, emails: Sequence[str]) -> Iterator[tuple[Any, Any]]:
    """The entries of all leaves in which some sorted addresses can be."""
    nodes, begins = leaves
    if not nodes:
        yield from entries.items()
        return
    near = [nodes[place] for place in _places(begins, emails)]
    with _borrowed(near):
        for leaf in near:
            yield from leaf.items()


def _places(begins: Sequence[Any], emails: Sequence[str]) -> list[int]:
    """The numbers of the leaves in which some sorted addresses can be."""
    places: dict[int, None] = {}
    place = bisect_right(begins, (emails[0], _FIRST_ID))
    for email in emails:
        least, greatest = (email, _FIRST_ID), (email, _LAST_ID)
        while place < len(begins) and begins[place] <= least:
            place += 1
        places[place] = None
        # Two memberships of one address may be in two leaves.
        while place < len(begins) and begins[place] <= greatest:
            place += 1
            places[place] = None
    return list(places)


def _load(roster: Any, found: dict[str, Addressee], asked: frozenset[str]) -> None:
    """Add what only the objects know: an object or more for each, and so slow."""
    site = root_of(roster)
    every = "original" in asked
    wanted = {
        email: site.addresses[email]
        for email, addressee in found.items()
        if every or ("nameless" in asked and not addressee.display_name)
    }
    with _borrowed(list(wanted.values())):
        for email, address in wanted.items():
            found[email] = found[email]._replace(original_email=address.original_email)
    if "language" in asked:
        _load_languages(site, found)
    if roster._p_jar is not None:
        # What led to the objects: memory must not grow with the number of recipients.
        roster._p_jar.cacheGC()


def _load_languages(site: Any, found: dict[str, Addressee]) -> None:
    """Add the languages: they may be said by the membership, the address and the user."""
    members = {email: site.members[addressee.member_id] for email, addressee in found.items()}
    behind = [site.addresses[email] for email in found]
    behind += [site.users[each.user_id] for each in found.values() if each.user_id]
    with _borrowed([*members.values(), *behind]):
        for email, member in members.items():
            found[email] = found[email]._replace(language=member.preferred_language)


@contextmanager
def _borrowed(nodes: list[Any]) -> Iterator[None]:
    """Read objects in one go, and let go again what was not there before."""
    ghosts = [node for node in nodes if node._p_changed is None]
    if len(ghosts) > 1:
        ghosts[0]._p_jar.prefetch(ghosts)
    yield
    for node in ghosts:
        node._p_deactivate()
