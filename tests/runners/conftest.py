"""Runners over the tree in memory: opened, but not running."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mmcore.config import Settings
from mmcore.database import Database, Session
from runners.base import Runner
from tests.support.messages import message

POST = """\
    From: aperson@example.com
    To: test@example.com
    Subject: Hello
    Message-ID: <first>

    Hello.
    """


class Kept(Database):
    """The database of the test, which outlives the runner."""

    def close(self) -> None:
        """Stay open."""


@pytest.fixture
def opened(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """Call it with a class of runners, and a slice and range if need be."""
    monkeypatch.setattr("runners.base.open_site", lambda settings: Kept(database.db))
    runners: list[Runner] = []

    def open_runner(cls: type[Runner], *slices: int) -> Runner:
        runner = cls(settings, *slices)
        runner.open()
        runners.append(runner)
        return runner

    yield open_runner
    for runner in runners:
        runner.close()


@pytest.fixture
def enqueue(engine: Any, session: Session, mlist: Any) -> Callable[..., str]:
    """Put a message for the list into a queue, with more metadata; returns the entry's name."""

    def put(queue: str, text: str = POST, **msgdata: Any) -> str:
        mailroom = engine.mailroom(session.site)
        name: str = mailroom.enqueue(queue, message(text), {"listid": mlist.list_id, **msgdata})
        session.commit()
        session.begin()
        return name

    return put


@pytest.fixture
def now_in(session: Session) -> Callable[[str], list[dict]]:
    """Metadata of the entries that a queue has by now, oldest first."""

    def look(queue: str) -> list[dict]:
        session.abort()
        board = session.begin().queues[queue]
        return [board.get(name).msgdata() for name in board.names()]

    return look


@pytest.fixture
def vanish(database: Database, session: Session) -> Callable[[str, str], None]:
    """Lose a committed entry: nobody can read it any more."""

    def lose(queue: str, name: str) -> None:
        session.abort()
        entry = session.begin().queues[queue].get(name)
        del database.db.storage.changes._data[entry._p_oid]
        session.connection.cacheMinimize()

    return lose
