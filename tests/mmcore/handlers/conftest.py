"""Having one handler work on one message."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.messages import message


@pytest.fixture
def handle(engine, mlist) -> Callable:
    """handle(handler name, text or message, **metadata) -> (message, metadata)."""

    def handle(name, msg, **msgdata):
        if isinstance(msg, str):
            msg = message(msg)
        engine.handlers[name].process(mlist, msg, msgdata)
        return msg, msgdata

    return handle


@pytest.fixture
def member(site, mlist) -> Callable:
    """member(email, **preferences) -> the new membership."""

    def member(email, role=None, **preferences):
        site.users.make(email)
        membership = mlist.subscribe(site.addresses.get(email), role)
        for name, value in preferences.items():
            setattr(membership.preferences, name, value)
        return membership

    return member
