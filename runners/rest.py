"""The rest runner: serves the REST API over HTTP.

Takes from: HTTP.
Calls: the WSGI application of `resources/`, by way of `mmcore.app`.
Leaves in: the tree.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

from waitress.server import create_server

from mmcore.app import make_wsgi_app
from mmcore.directives import runner
from runners.base import Runner

log = logging.getLogger("mmcore.runner")


@runner
class RestRunner(Runner):
    """See `IRunner`."""

    name = "rest"

    def open(self) -> None:
        """See `Runner`."""
        super().open()
        wanted = self.settings.webservice
        # Waitress reports each request that waits for a thread.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        application = make_wsgi_app(self.settings, self.database)

        def bind() -> Any:
            return create_server(
                application,
                host=wanted.hostname,
                port=wanted.port,
                threads=wanted.threads,
                ident=None,
                # Read before anybody has said who he is; a message for a queue has to fit.
                max_request_body_size=self.settings.mmcore.max_message_bytes + 2**20,
            )

        self.server = self.listen(bind, f"{wanted.hostname}:{wanted.port}")
        self.thread = threading.Thread(target=self.server.run, name="http", daemon=True)
        self.thread.start()

    def iterate(self) -> bool:
        """The server works in threads of its own; see that it does."""
        if not self.thread.is_alive():
            raise RuntimeError("the HTTP server has ended")
        return False

    def close(self) -> None:
        """See `Runner`.  Requests that have begun are answered."""
        # A name with two addresses makes waitress listen on two sockets.
        listeners = [
            listener
            for listener in getattr(self.server, "map", {0: self.server}).values()
            if hasattr(listener, "trigger")
        ]
        # The sockets belong to the server's thread: it is asked to close them.
        for listener in listeners:
            listener.trigger.pull_trigger(listener.close)
        self.server.task_dispatcher.shutdown(timeout=5)
        self.thread.join(0.2)
        super().close()
