"""What the runners that serve HTTP share: a server, and threads in which it answers."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
import threading
from typing import Any

from waitress.server import create_server

from runners.base import Runner

#: What a name may stand for that this host does not have, such as IPv6.
_NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


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


class WebRunner(Runner):
    """A runner that serves a WSGI application."""

    def make_app(self) -> Any:
        """The application; raises ConfigurationError."""
        raise TypeError(f"{type(self).__name__} has to say what it serves")

    def address(self) -> tuple[str, int]:
        """Host and port to listen on."""
        raise TypeError(f"{type(self).__name__} has to say where it listens")

    def server_options(self) -> dict[str, Any]:
        """Waitress's options."""
        raise TypeError(f"{type(self).__name__} has to say how it serves")

    def open(self) -> None:
        """See `Runner`."""
        super().open()
        # Waitress reports each request that waits for a thread.
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        host, port = self.address()
        self.server = create_server(
            self.make_app(),
            sockets=self.listen(lambda: bound(host, port), f"{host}:{port}"),
            **self.server_options(),
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
