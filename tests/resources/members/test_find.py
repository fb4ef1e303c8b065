"""Finding the memberships of somebody touches no list."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from mmcore.interfaces.member import DeliveryMode
from resources.members.find import find_members


@pytest.fixture
def request_of(database):
    """Commits what the tree holds; gives a request in a connection that has loaded nothing."""
    sessions = []

    def opening(session):
        session.commit()
        session.close()
        # Nothing of the old connection's cache is to be taken for loaded.
        fresh = database.db.open()
        fresh.cacheMinimize()
        sessions.append(fresh)
        site = fresh.root()["mmcore"]
        return SimpleNamespace(site=site, api=SimpleNamespace(parse_id=parse_id))

    yield opening
    for each in sessions:
        each.close()


def parse_id(text: str) -> str | None:
    return text if len(text) == 32 else None


@pytest.mark.parametrize("by", ["address", "user id"])
def test_a_subscriber_is_found_without_loading_a_list(site, session, mlist, anne, request_of, by):
    other = site.lists.add("other@example.com")
    site.lists.add("bystander@example.com")
    other.subscribe(anne.user)
    wanted = anne.email if by == "address" else anne.user.user_id
    request = request_of(session)
    found = find_members(request, subscriber=wanted, delivery_mode=DeliveryMode.regular)
    assert [member.list_id for member in found] == ["other.example.com", "test.example.com"]
    states = [each._p_changed for each in request.site.lists.values()]
    # None is the state of an object that is not loaded.
    assert states == [None, None, None]
