"""One connection to the scripted SMTP server: what is understood, and how it misbehaves."""

from __future__ import annotations

import base64
import hmac
import socket
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.smtpd import ScriptedServer

#: Actions instead of a reply.
DROP = "drop"
STALL = "stall"
DRIP = "drip"
#: Close our half of the connection, and go on reading.
HALF_CLOSE = "half-close"
#: A reply of lines without end, as fast as they go.
ENDLESS = "endless"
#: Begins what is sent as it is, whatever it means.
RAW = "raw:"
#: Ends a reply after which the connection is closed.
BYE = "\x00bye"

_CHALLENGE = b"<1896.697170952@scripted.example.com>"
_HEALTHY = {"RSET": "250 2.0.0 Reset", "QUIT": "221 2.0.0 Bye", "NOOP": "250 2.0.0 Ok"}


@dataclass
class Caught:
    """A transaction that the server was given whole."""

    sender: str
    recipients: list[str]
    content: bytes
    accepted: bool
    connection: int
    #: What was said to it; empty if nothing was.
    reply: str = ""


class _Gone(Exception):  # noqa: N818 - not an error: the dialogue is over
    """The dialogue is over."""


class Dialogue:
    """See the docstring of the module."""

    def __init__(self, server: ScriptedServer, sock: socket.socket, number: int) -> None:
        self.server, self.sock, self.number = server, sock, number
        self.buffer = b""
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.chunks: list[bytes] = []
        self.encrypted = False
        #: The latest reply.
        self.said = ""

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
        self.encrypted = True

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

    def _exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self._receive()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

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
        if action in (DROP, STALL, DRIP, HALF_CLOSE, ENDLESS):
            self._misbehave(action)
        reply = action or healthy
        bye = reply.endswith(BYE)
        self.said = reply = reply.removesuffix(BYE)
        if reply.startswith(RAW):
            self.said = reply = reply.removeprefix(RAW)
            self.sock.sendall(reply.encode("latin-1"))
        else:
            self.sock.sendall(reply.encode() + b"\r\n")
        code = _code(reply)
        if bye or code == 421:
            raise _Gone
        return code

    def _misbehave(self, action: str) -> None:
        """All but an answer; never returns."""
        if action == STALL:
            self.server.wait_stopped(60)
        elif action == DRIP:
            for byte in b"250-" + b"x" * 10000:
                self.sock.sendall(bytes([byte]))
                if self.server.wait_stopped(0.05):
                    break
        elif action == ENDLESS:
            while not self.server.wait_stopped(0):
                self.sock.sendall(b"250-and so on\r\n" * 1000)
        elif action == HALF_CLOSE:
            self.sock.shutdown(socket.SHUT_WR)
            while True:
                self._receive()
        raise _Gone

    def _command(self, line: str) -> None:
        self.server.commands.append((self.number, line))
        verb = line.split(" ")[0].upper()
        known = {
            "EHLO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "BDAT": self._bdat,
        }
        if verb in known:
            known[verb](line)
            return
        self._do(verb, line, _HEALTHY.get(verb, "500 5.5.2 What?"))
        if verb == "RSET":
            self._reset()
        if verb == "QUIT":
            raise _Gone

    def _reset(self) -> None:
        self.sender, self.recipients, self.chunks = None, [], []

    def _ehlo(self, line: str) -> None:
        lines = ["scripted.example.com", *self.server.extensions]
        texts = [f"250-{text}" for text in lines[:-1]] + [f"250 {lines[-1]}"]
        self._do("EHLO", line, "\r\n".join(texts))

    def _starttls(self, line: str) -> None:
        if self._do("STARTTLS", line, "220 2.0.0 Go ahead") == 220:
            self._encrypt()

    def _mail(self, line: str) -> None:
        if self.sender is not None:
            self._do("MAIL", line, "503 5.5.1 Nested MAIL")
        elif self._do("MAIL", line, "250 2.1.0 Sender ok") < 300:
            self._reset()
            self.sender = _address(line)

    def _rcpt(self, line: str) -> None:
        if self.sender is None and not self.server.sender_optional:
            self._do("RCPT", line, "503 5.5.1 Need MAIL")
        elif 0 < self.server.max_recipients <= len(self.recipients):
            self._do("RCPT", line, self.server.too_many)
        elif self._do("RCPT", line, "250 2.1.5 Recipient ok") < 300:
            self.recipients.append(_address(line))

    def _data(self, line: str) -> None:
        healthy = "354 Go on" if self.recipients else "503 5.5.1 No recipients"
        if self._do("DATA", line, healthy) != 354:
            return
        if self.server.deaf_after_data:
            self.server.wait_stopped(60)
            raise _Gone
        if self.server.refusal_midway:
            self._refuse_midway()
        self._take(self._content())

    def _bdat(self, line: str) -> None:
        if self.server.ignorant_of_bdat:
            self._do("BDAT", line, "500 5.5.1 What?")
            return
        _, size, *last = line.split(" ")
        if self.server.refusal_midway and int(size) > 1000:
            self._refuse_midway()
        self.chunks.append(self._exactly(int(size)))
        if not self.recipients:
            self._do("BDAT", line, "503 5.5.1 No recipients")
        elif last:
            self._take(b"".join(self.chunks))
        elif self._do("BDAT", line, f"250 2.0.0 {size} bytes") >= 300:
            self._reset()

    def _refuse_midway(self) -> None:
        self._receive()
        self.sock.sendall(self.server.refusal_midway.encode() + b"\r\n")
        # What is not read makes the system reset the connection.
        self.sock.close()
        raise _Gone

    def _take(self, content: bytes) -> None:
        """Answer to the content; `DOT` in scripts, also after BDAT."""
        sender, recipients = self.sender or "", self.recipients
        self._reset()
        caught = Caught(sender, recipients, content, True, self.number)
        if recipients:
            # Kept before the reply: it may get lost, the message not.
            self.server.transactions.append(caught)
        count = len(self.server.transactions)
        line = " ".join(recipients)
        healthy = f"250 2.0.0 Queued as {count}" if recipients else "554 5.5.1 No recipients"
        self.said = ""
        try:
            self._do("DOT", line, healthy)
        finally:
            caught.reply = self.said
            if self.said:
                caught.accepted = _code(self.said) < 300

    def _auth(self, line: str) -> None:
        """RFC 4954, with the mechanisms that smtplib knows."""
        mechanism, *initial = line.split(" ")[1:]
        users = self.server.users
        if not users:
            self._do("AUTH", line, "235 2.7.0 In")
            return
        if mechanism == "PLAIN":
            _, user, password = base64.b64decode(initial[0]).decode().split("\0")
        elif mechanism == "LOGIN":
            user = base64.b64decode(initial[0]).decode() if initial else self._ask(b"Username:")
            password = self._ask(b"Password:")
        else:
            user, _, digest = self._ask(_CHALLENGE).rpartition(" ")
            key = users.get(user, "").encode()
            good = hmac.new(key, _CHALLENGE, "md5").hexdigest()
            password = users.get(user, "") if hmac.compare_digest(good, digest) else ""
        known = users.get(user) == password
        code = self._do("AUTH", line, "235 2.7.0 In" if known else "535 5.7.8 Wrong credentials")
        if code == 235:
            self.server.logins.append((mechanism, user, self.encrypted))

    def _ask(self, challenge: bytes) -> str:
        self.sock.sendall(b"334 " + base64.b64encode(challenge) + b"\r\n")
        return base64.b64decode(self._line()).decode()


def _code(reply: str) -> int:
    return int(reply[:3]) if reply[:3].isdecimal() else 999


def _address(line: str) -> str:
    return line[line.index("<") + 1 : line.rindex(">")]
