"""The REST API of an empty site, served by the tests' own process.

The application and the server are those of the engine; nothing else of it runs:
what a request leaves in a queue stays there.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import Any

import ZODB
from waitress.server import create_server
from ZODB.DemoStorage import DemoStorage

from mmcore.app import compose, ensure_site
from mmcore.config import load
from mmcore.database import Database
from resources.check import problems
from resources.wsgi import make_app
from runners.rest import server_options
from tests.support.walkthrough import Place, write_ini


class Served(Place):
    """A directory beside a server; the settings are those of `make run`."""

    def __init__(self, directory: Path) -> None:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        # Nobody listens for LMTP, whatever the number.
        super().__init__(directory, {"8001": str(port)})
        settings = load(write_ini(directory, port, 8024))
        settings.ensure_dirs()
        self._engine = compose(settings, "served")
        self.database = Database(ZODB.DB(DemoStorage()))
        session = self.database.session()
        ensure_site(session, settings)
        session.close()
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            make_app(self._engine, self.database, settings),
            self._sockets,
            sockets=[listener],
            **server_options(settings),
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()

    def problems(self) -> list[str]:
        """What is wrong with the tree."""
        session = self.database.session()
        try:
            return problems(session.begin())
        finally:
            session.close()

    def stop(self) -> None:
        """See `Place`."""
        # The loop itself has to close its sockets; it ends when none is left.  It may have
        # done so before it is woken up for it.
        with contextlib.suppress(OSError):
            self._server.trigger.pull_trigger(self._close_sockets)
        self._thread.join(10)
        self._server.task_dispatcher.shutdown()
        self.database.close()
        self._engine.close()

    def _close_sockets(self) -> None:
        for dispatcher in list(self._sockets.values()):
            dispatcher.close()
