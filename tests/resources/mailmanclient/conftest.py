"""A real server on a port of its own, and a client that talks to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from waitress.server import create_server

from mmcore.services.moderation import hold_message
from tests.resources.mailmanclient.tour import Client
from tests.support.messages import message


@pytest.fixture
def url(app: Any) -> Iterator[str]:
    """The base URL of the API on a free port."""
    sockets: dict[int, Any] = {}
    server = create_server(app, sockets, host="127.0.0.1", port=0, threads=2)

    def close() -> None:
        for dispatcher in list(sockets.values()):
            dispatcher.close()

    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}/3.1"
    # The loop itself has to close its sockets; it ends when none is left.
    server.trigger.pull_trigger(close)
    thread.join(10)
    server.task_dispatcher.shutdown()
    assert not thread.is_alive()


@pytest.fixture
def client(url: str) -> Any:
    """A client that knows the password."""
    return Client(url, "restadmin", "restpass")


@pytest.fixture
def mlist(client: Any) -> Any:
    """ant@example.com as the client sees it."""
    return client.create_domain("example.com").create_list("ant")


@pytest.fixture
def join(mlist: Any) -> Callable[..., Any]:
    """Subscribe an address without further questions."""

    def joining(email: str, **more: Any) -> Any:
        return mlist.subscribe(
            email, pre_verified=True, pre_confirmed=True, pre_approved=True, **more
        )

    return joining


@pytest.fixture
def hold(engine: Any, change: Any, mlist: Any) -> Callable[[int], None]:
    """Hold so many posts to the list."""

    def holding(number: int) -> None:
        for _ in range(number):
            with change() as site:
                post = message("From: max@example.net\nSubject: Hi\n\nHello\n")
                found = site.lists.get("ant.example.com")
                hold_message(engine, found, post, {"listid": found.list_id}, ["Because"])

    return holding
