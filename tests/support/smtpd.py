"""A mail server that does as it is told: a scripted SMTP server over real sockets.

    with ScriptedServer() as server:
        server.script("RCPT", "550 5.1.1 Nobody", match="<bad@")
        ...
        server.transactions

Whatever no script claims is answered as a healthy server does.  One thread per
connection; everything is recorded in the order of arrival.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tests.support.smtp_dialogue import (
    BYE,
    DRIP,
    DROP,
    ENDLESS,
    HALF_CLOSE,
    RAW,
    STALL,
    Caught,
    Dialogue,
)

__all__ = [
    "BYE",
    "DRIP",
    "DROP",
    "ENDLESS",
    "EXTENSIONS",
    "HALF_CLOSE",
    "RAW",
    "STALL",
    "Caught",
    "ScriptedServer",
]

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 10485760")


@dataclass
class Script:
    """What to do on a command: `DOT` is the end of the content, `CONNECT` the greeting."""

    verb: str
    action: str
    match: str = ""
    skip: int = 0
    times: int = 1_000_000


class ScriptedServer:
    """See the docstring of the module."""

    def __init__(
        self,
        extensions: Sequence[str] = EXTENSIONS,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self.extensions = extensions
        #: Seconds that it takes to answer to the end of the content.
        self.delay = 0.0
        self.tls = tls
        self.implicit_tls = False
        self.stall_in_handshake = False
        #: Read nothing any more after the answer to DATA.
        self.deaf_after_data = False
        #: Take recipients and content without a sender too.
        self.sender_optional = False
        #: Say this, and hang up, when some of the content is there.
        self.refusal_midway = ""
        #: Offer CHUNKING, but take BDAT for nonsense and what follows it for commands.
        self.ignorant_of_bdat = False
        #: Further recipients of a transaction are refused with these words; 0: none are.
        self.max_recipients = 0
        self.too_many = "452 4.5.3 Too many recipients"
        #: Passwords by user; empty: anybody may log in.  Who did: (mechanism, user, encrypted).
        self.users: dict[str, str] = {}
        self.logins: list[tuple[str, str, bool]] = []
        #: Send each reply at once, instead of when the client has acknowledged the one before.
        self.no_delay = True
        self.scripts: list[Script] = []
        self.transactions: list[Caught] = []
        #: (connection, command line) of everything that came in.
        self.commands: list[tuple[int, str]] = []
        #: What each read from a socket brought; shows what travelled together.
        self.arrivals: list[bytes] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", port))
        self.port: int = self._listener.getsockname()[1]

    def script(
        self, verb: str, action: str, *, match: str = "", skip: int = 0, times: int = 1_000_000
    ) -> None:
        """Answer with `action`: a reply, with CRLF between lines, or DROP or the like.

        For the next `times` commands of this verb that contain `match`, after
        `skip` of them.
        """
        self.scripts.append(Script(verb, action, match, skip, times))

    @property
    def accepted(self) -> list[str]:
        """Every recipient of every accepted transaction."""
        return [
            name for caught in self.transactions if caught.accepted for name in caught.recipients
        ]

    def verbs(self) -> list[str]:
        """The verbs that came in."""
        return [line.split(" ")[0].upper() for _, line in self.commands]

    def __enter__(self) -> Self:
        self._spawn(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stopping.set()
        # shutdown() wakes up accept() and recv() in the other threads.
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        for thread in self._threads:
            thread.join(10)
        for sock in (self._listener, *self._sockets):
            sock.close()

    def hang_up(self) -> None:
        """Close all connections, as a server does with idle ones."""
        for sock in self._sockets:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def action_for(self, verb: str, line: str) -> str | None:
        """The scripted action for a command, or None."""
        with self._lock:
            for script in self.scripts:
                if script.verb != verb or script.match not in line:
                    continue
                if script.skip:
                    script.skip -= 1
                elif script.times:
                    script.times -= 1
                    return script.action
        return None

    def wait_stopped(self, seconds: float) -> bool:
        """Sleep, but not beyond the end of the server."""
        return self._stopping.wait(seconds)

    def _spawn(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, self.no_delay)
            self.connections += 1
            self._sockets.append(sock)
            self._spawn(Dialogue(self, sock, self.connections).run)

    def replace(self, old: socket.socket, new: socket.socket) -> None:
        """TLS has put one socket in the place of another."""
        self._sockets[self._sockets.index(old)] = new
