"""The public pages over the tree in memory."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

with warnings.catch_warnings():
    # WebOb imports the standard library's cgi module, which Python 3.13 drops.
    warnings.simplefilter("ignore", DeprecationWarning)
    from webtest import TestApp

from mmcore.interfaces.member import MemberRole
from mmcore.public.wsgi import make_app
from mmcore.services.unsubscribe_tokens import make_token


@pytest.fixture
def link(site: Any, mlist: Any, anne: Any, session: Any) -> str:
    """The path of Anne's link; she is a member in the database."""
    path = f"/unsubscribe/{make_token(site, mlist.list_id, anne.member_id)}"
    session.commit()
    session.begin()
    return path


@pytest.fixture
def web(engine: Any, database: Any, settings: Any) -> TestApp:
    """The application."""
    return TestApp(make_app(engine, database, settings), lint=False)


@pytest.fixture
def there(session: Any) -> Any:
    """Whether Anne is a member by now."""

    def look() -> bool:
        session.abort()
        mlist = session.begin().lists.get("test.example.com")
        return mlist.members.get("aperson@example.com") is not None

    return look


@pytest.fixture
def mails(engine: Any, session: Any) -> Any:
    """The notices that have been sent by now: (recipients, subject)."""

    def look() -> list[tuple[list[str], str]]:
        session.abort()
        board = session.begin().queues["virgin"]
        mailroom = engine.mailroom(session.site)
        found = []
        for name in board.names():
            msg, msgdata = mailroom.load(board.get(name))
            found.append((sorted(msgdata["recipients"]), str(msg["subject"])))
        return sorted(found)

    return look


@pytest.fixture
def olga(site: Any, mlist: Any, session: Any) -> Any:
    """An owner of the list."""
    site.users.make("olga@example.org")
    address = site.addresses.get("olga@example.org")
    owner = mlist.subscribe(address, MemberRole.owner)
    session.commit()
    session.begin()
    return owner
