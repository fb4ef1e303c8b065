"""What the tests of requests share."""

from __future__ import annotations

import pytest

from tests.support.queues import queued


@pytest.fixture
def requests(ant):
    """The path of the requests to ant@example.com."""
    return f"/3.1/lists/{ant}/requests"


@pytest.fixture
def policy(api, ant):
    """Set the policies of ant@example.com, and further settings."""

    def set_policy(joining="confirm", leaving="confirm", **settings):
        given = {"subscription_policy": joining, "unsubscription_policy": leaving, **settings}
        api.patch(f"/3.1/lists/{ant}/config", given, status=204)

    return set_policy


@pytest.fixture
def mails(engine, change):
    """Empty the queue of notices; returns them, oldest first, without their metadata."""

    def take():
        with change() as site:
            return [msg for msg, _ in queued(engine, site, "virgin")]

    return take


@pytest.fixture
def ask(api, ant):
    """Ask to join (202); returns token and whose move it is."""

    def asking(email="anne@example.com", **parameters):
        given = {"list_id": ant, "subscriber": email, **parameters}
        answer = api.post("/3.1/members", given, status=202).json
        return answer["token"], answer["token_owner"]

    return asking


@pytest.fixture
def leave(api, subscribe):
    """Have a new member ask to leave (202); returns token and whose move it is."""

    def leaving(email="anne@example.com", **parameters):
        path = subscribe(email)
        given = {"pre_confirmed": "no", **parameters}
        answer = api.delete(path, params=given, status=202).json
        return answer["token"], answer["token_owner"]

    return leaving
