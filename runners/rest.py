"""The rest runner: serves the REST API over HTTP.

Takes from: HTTP.
Calls: the WSGI application of `resources/`, by way of `mmcore.app`.
Leaves in: the tree.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import threading
from typing import Any

from waitress.server import create_server

from mmcore.app import make_wsgi_app
from mmcore.config import Settings
from mmcore.directives import runner
from runners.base import Runner

log = logging.getLogger("mmcore.runner")

#: What a name may stand for that this host does not have, such as IPv6.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


def server_options(settings: Settings) -> dict[str, Any]:
    """Waitress's options for the REST API, here and under `pserve`."""
    return {
        "threads": settings.webservice.threads,
        # Nobody needs to know which software it is.
        "ident": None,
        # Read before anybody has said who he is; a message for a queue has to fit.
        "max_request_body_size": settings.mmcore.max_message_bytes + 2**20,
        # URL and header: parameters are in the URL of a GET.
        "max_request_header_size": 2**16,
        # `resources.proxies` knows which proxies to believe, and needs their headers for it.
        "clear_untrusted_proxy_headers": False,
    }


def bound(host: str, port: int) -> list[socket.socket]:
    """A listening socket for each address of `host` that this host has; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    sockets: list[socket.socket] = []
    missing: OSError | None = None
    with contextlib.ExitStack() as opened:
        for family, *_, address in found:
            try:
                sockets.append(opened.enter_context(socket.create_server(address, family=family)))
            except OSError as error:
                if error.errno not in _NOT_HERE:
                    raise
                missing = error
        if missing is not None and not sockets:
            raise missing
        opened.pop_all()
    return sockets


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
        host, port = wanted.hostname, wanted.port
        self.server = create_server(
            make_wsgi_app(self.settings, self.database),
            sockets=self.listen(lambda: bound(host, port), f"{host}:{port}"),
            **server_options(self.settings),
        )
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
        # The sockets belong to the server's thread: it is asked to close them, and may have
        # done so before it is woken up for it.
        for listener in listeners:
            with contextlib.suppress(OSError):
                listener.trigger.pull_trigger(listener.close)
        self.server.task_dispatcher.shutdown(timeout=5)
        self.thread.join(0.2)
        super().close()
