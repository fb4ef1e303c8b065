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

#: Actions instead of a reply.
DROP = "drop"
STALL = "stall"
DRIP = "drip"

EXTENSIONS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 10485760")


@dataclass
class Caught:
    """A transaction that the server was given whole."""

    sender: str
    recipients: list[str]
    content: bytes
    accepted: bool
    connection: int


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
        """Answer with `action` (a reply, with CRLF between lines, or DROP, STALL, DRIP).

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
            # Else a second reply waits until the client has acknowledged the first: 40 ms.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connections += 1
            self._sockets.append(sock)
            self._spawn(_Dialogue(self, sock, self.connections).run)

    def replace(self, old: socket.socket, new: socket.socket) -> None:
        """TLS has put one socket in the place of another."""
        self._sockets[self._sockets.index(old)] = new


class _Gone(Exception):  # noqa: N818 - not an error: the dialogue is over
    """The dialogue is over."""


class _Dialogue:
    """One connection."""

    def __init__(self, server: ScriptedServer, sock: socket.socket, number: int) -> None:
        self.server, self.sock, self.number = server, sock, number
        self.buffer = b""
        self.sender: str | None = None
        self.recipients: list[str] = []

    def run(self) -> None:
        with suppress(_Gone, OSError):
            if self.server.implicit_tls:
                self._encrypt()
            self._do("CONNECT", "", "220 scripted.example.com ESMTP")
            while True:
                self._command(self._line().decode("utf-8", "surrogateescape"))
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def _encrypt(self) -> None:
        assert self.server.tls is not None
        if self.server.stall_in_handshake:
            self.server.wait_stopped(60)
            raise _Gone
        plain = self.sock
        self.sock = self.server.tls.wrap_socket(plain, server_side=True)
        self.server.replace(plain, self.sock)

    def _receive(self) -> None:
        data = self.sock.recv(65536)
        if not data:
            raise _Gone
        self.server.arrivals.append(data)
        self.buffer += data

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            self._receive()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def _content(self) -> bytes:
        lines = []
        while (line := self._line()) != b".":
            lines.append(line.removeprefix(b".") + b"\r\n")
        return b"".join(lines)

    def _do(self, verb: str, line: str, healthy: str) -> int:
        """Answer, as scripted or else healthily; returns the code."""
        if verb == "DOT" and self.server.delay:
            self.server.wait_stopped(self.server.delay)
        action = self.server.action_for(verb, line)
        if action == DROP:
            raise _Gone
        if action == STALL:
            self.server.wait_stopped(60)
            raise _Gone
        if action == DRIP:
            for byte in b"250-" + b"x" * 10000:
                self.sock.sendall(bytes([byte]))
                if self.server.wait_stopped(0.05):
                    raise _Gone
        reply = action or healthy
        self.sock.sendall(reply.encode() + b"\r\n")
        code = int(reply[:3])
        if code == 421:
            raise _Gone
        return code

    def _command(self, line: str) -> None:
        self.server.commands.append((self.number, line))
        verb = line.split(" ")[0].upper()
        if verb == "EHLO":
            lines = ["scripted.example.com", *self.server.extensions]
            texts = [f"250-{text}" for text in lines[:-1]] + [f"250 {lines[-1]}"]
            self._do(verb, line, "\r\n".join(texts))
        elif verb == "STARTTLS":
            if self._do(verb, line, "220 2.0.0 Go ahead") == 220:
                self._encrypt()
        elif verb == "MAIL":
            if self.sender is not None:
                self._do(verb, line, "503 5.5.1 Nested MAIL")
            elif self._do(verb, line, "250 2.1.0 Sender ok") < 300:
                self.sender, self.recipients = _address(line), []
        elif verb == "RCPT":
            if self.sender is None:
                self._do(verb, line, "503 5.5.1 Need MAIL")
            elif self._do(verb, line, "250 2.1.5 Recipient ok") < 300:
                self.recipients.append(_address(line))
        elif verb == "DATA":
            self._data(line)
        else:
            healthy = {"RSET": "250 2.0.0 Reset", "QUIT": "221 2.0.0 Bye", "AUTH": "235 2.7.0 In"}
            self._do(verb, line, healthy.get(verb, "500 5.5.2 What?"))
            if verb == "RSET":
                self.sender = None
            if verb == "QUIT":
                raise _Gone

    def _data(self, line: str) -> None:
        healthy = "354 Go on" if self.recipients else "503 5.5.1 No recipients"
        if self._do("DATA", line, healthy) != 354:
            return
        if self.server.deaf_after_data:
            self.server.wait_stopped(60)
            raise _Gone
        content = self._content()
        sender, recipients = self.sender or "", self.recipients
        self.sender, self.recipients = None, []
        caught = Caught(sender, recipients, content, True, self.number)
        if recipients:
            # Kept before the reply: it may get lost, the message not.
            self.server.transactions.append(caught)
        count = len(self.server.transactions)
        line = " ".join(recipients)
        healthy = f"250 2.0.0 Queued as {count}" if recipients else "554 5.5.1 No recipients"
        caught.accepted = self._do("DOT", line, healthy) < 300


def _address(line: str) -> str:
    return line[line.index("<") + 1 : line.rindex(">")]
