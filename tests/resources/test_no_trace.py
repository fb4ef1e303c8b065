"""A request that fails changes nothing, however far it came."""

from __future__ import annotations

import pytest

from resources.check import problems
from tests.support.rest_map import ROWS

LIST = "lists/{list}"
USER = "users/{user}"
NEW = "fresh@example.com"

#: Requests of which one part is right and another wrong: method, path, parameters, status.
FAILING = [
    ("POST", "domains", {"mail_host": "new.example.com", "owner": [NEW, "nope"]}, 400),
    ("POST", "domains", {"mail_host": "example.com", "owner": NEW}, 400),
    ("PATCH", "domains/{mail_host}", {"description": "new", "owner": [NEW, "nope"]}, 400),
    ("PATCH", "domains/{mail_host}", {"description": "new", "unknown": "x"}, 400),
    ("PUT", "domains/{mail_host}", {"description": "new"}, 400),
    ("POST", "domains/{mail_host}/owners", {"owner": [NEW, "nope"]}, 400),
    ("POST", "lists", {"fqdn_listname": "ant@example.com"}, 400),
    ("POST", "lists", {"fqdn_listname": "bee@nope.example.com"}, 400),
    ("POST", "lists", {"fqdn_listname": "bee@example.com", "style_name": "nope"}, 400),
    ("PATCH", LIST + "/config", {"description": "new", "acceptable_aliases": "nope"}, 400),
    ("PATCH", LIST + "/config", {"description": "new", "volume": "3"}, 400),
    ("PATCH", LIST + "/config", {"description": "new", "colour": "red"}, 400),
    ("PUT", LIST + "/config", {"description": "new"}, 400),
    ("PATCH", LIST + "/config/description", {"description": "x", "info": "y"}, 400),
    ("POST", LIST + "/bans", {"email": "^("}, 400),
    ("POST", LIST + "/bans", {"email": "mallory@example.com"}, 400),
    ("POST", LIST + "/header-matches", {"header": "X-Spam", "pattern": "yes"}, 400),
    ("PATCH", LIST + "/header-matches/0", {"pattern": "new", "position": "99"}, 400),
    ("PATCH", LIST + "/uris", {"{template}": "http://x/y", "username": "ann"}, 400),
    ("POST", LIST + "/requests/{token}", {"action": "nope"}, 400),
    ("POST", LIST + "/held/{request_id}", {"action": "discard", "forward": "nope"}, 400),
    ("POST", LIST + "/digest", {"bump": "yes", "send": "maybe"}, 400),
    ("DELETE", LIST + "/roster/member", {"emails": "{email}", "unknown": "x"}, 400),
    ("POST", "members", {"list_id": "{list}", "subscriber": "mallory@example.com"}, 400),
    ("POST", "members", {"list_id": "nope.example.com", "subscriber": NEW}, 400),
    ("POST", "members", {"list_id": "{list}", "subscriber": NEW, "role": "nope"}, 400),
    ("POST", "members", {"list_id": "{list}", "subscriber": "{email}"}, 409),
    ("POST", "members", {"list_id": "{list}", "subscriber": "bart@example.com"}, 409),
    ("PATCH", "members/{mid}", {"delivery_mode": "mime_digests", "address": NEW}, 400),
    ("PATCH", "members/{mid}", {"moderation_action": "hold", "delivery_mode": "nope"}, 400),
    ("PATCH", "members/{mid}/preferences", {"hide_address": "no", "delivery_mode": "x"}, 400),
    ("PATCH", "addresses/{email}", {"display_name": "New", "unknown": "x"}, 400),
    ("PUT", "addresses/{email}/user", {"user_id": "nope"}, 400),
    ("POST", "addresses/{email}/user", {"display_name": "New"}, 409),
    ("POST", "users", {"email": "{email}", "display_name": "New"}, 400),
    ("PATCH", USER, {"display_name": "New", "unknown": "x"}, 400),
    ("POST", USER + "/addresses", {"email": "owner@example.com"}, 400),
    ("POST", USER + "/preferred_address", {"email": "owner@example.com"}, 400),
    ("POST", USER + "/login", {"cleartext_password": "wrong"}, 403),
    ("POST", "queues/{queue}", {"list_id": "nope.example.com", "text": "x"}, 400),
]
#: What takes nothing from a client: whatever it sends with it.
MISSING = [
    ("DELETE", "domains/nope.example.com"),
    ("DELETE", "lists/nope.example.com"),
    ("DELETE", LIST + "/bans/nope@example.com"),
    ("DELETE", LIST + "/header-matches/9"),
    ("DELETE", LIST + "/nonmember/{email}"),
    ("DELETE", "members/99"),
    ("DELETE", "addresses/nope@example.com"),
    ("POST", "addresses/nope@example.com/verify"),
    ("DELETE", "users/99"),
    ("DELETE", "bans/nope@example.com"),
    ("DELETE", "queues/{queue}/1.5+00"),
    ("DELETE", "reserved/nope"),
]


def seen(world):
    """All that a client can see."""
    return {
        row.path: world.api.get(world.url("3.1", row.path), status="*").body
        for row in ROWS
        if "GET" in row.methods and "3.1" in row.versions
    }


@pytest.mark.parametrize(
    ("method", "path", "parameters", "status"),
    [
        *(pytest.param(*case, id=f"{case[0]}-{case[1]}-{'-'.join(case[2])}") for case in FAILING),
        *(pytest.param(*case, {}, 404, id=f"{case[0]}-{case[1]}") for case in MISSING),
    ],
)
def test_nothing_is_changed(lasting, method, path, parameters, status):
    world, api, database = lasting, lasting.api, lasting.database
    before, stored = seen(world), database.db.lastTransaction()
    names = world.names | world.ids["3.1"]
    filled = {
        key.format(**names): value.format(**names) if isinstance(value, str) else value
        for key, value in parameters.items()
    }
    send = getattr(api, f"{method.lower()}_json")
    send(world.url("3.1", path), filled, status=status)
    assert database.db.lastTransaction() == stored
    assert seen(world) == before
    # Nor does anything of it come with the next change.
    api.patch(
        world.url("3.1", LIST + "/config"), {"info": f"{method} {path} {parameters}"}, status=204
    )
    after = seen(world)
    assert {row for row in after if after[row] != before[row]} == {LIST + "/config"}
    with world.change() as site:
        assert problems(site) == []
        assert site.addresses.get(NEW) is None
