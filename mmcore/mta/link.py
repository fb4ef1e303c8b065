"""One connection to a server: bytes out, replies in, and never for longer than configured.

After the set-up (`client`) we speak over smtplib's socket ourselves, because
smtplib waits for every reply and so pays a round trip per command.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from contextlib import suppress

from mmcore.config import Section
from mmcore.errors import MMCoreError
from mmcore.mta.client import Client
from mmcore.mta.journal import Reply
from mmcore.mta.replies import parse_reply

# A write may take its time-out plus its length at this rate (bytes a second).
_SLOWEST = 16384
_LONGEST_REPLY = 65536
_LONGEST_QUIT = 5.0


class LostError(MMCoreError):
    """The connection cannot be used any more; the text says why."""


class UnreachableError(LostError):
    """No connection could be set up; the text says why."""


class Link:
    """An open connection: bytes out, replies in, each within a limited time."""

    def __init__(self, mta: Section) -> None:
        """Connect; raises UnreachableError."""
        client = Client(mta)
        try:
            client.set_up()
        except (OSError, ValueError) as error:
            # ValueError: a host name or password that cannot be encoded.
            raise UnreachableError(
                f"no connection to {mta.smtp_host}:{mta.smtp_port}: {error}"
            ) from error
        self._client = client
        self._sock: socket.socket = client.sock  # type: ignore[assignment] # it is connected
        self._timeout = mta.smtp_timeout.total_seconds()
        self._patience = mta.smtp_data_timeout.total_seconds()
        # TLS: one record a piece, so that a failed write has sent none of it.
        self._piece = 16384 if isinstance(self._sock, ssl.SSLSocket) else 262144
        self._buffer = b""
        self._at = 0
        offers = client.esmtp_features
        self.pipelining = "pipelining" in offers
        self.eight_bit_mime = "8bitmime" in offers
        self.smtputf8 = "smtputf8" in offers
        self.size = "size" in offers
        self.max_size = int(offers["size"]) if offers.get("size", "").isdecimal() else 0
        #: Bytes of the latest write that the kernel has, also when it failed.
        self.taken = 0
        #: Transactions carried out.
        self.served = 0
        #: Whether the server may still have a transaction open.
        self.open_transaction = False

    def write(self, *parts: bytes) -> None:
        """Send all parts; raises LostError."""
        self.taken = 0
        for part in parts:
            rest = memoryview(part)
            deadline = time.monotonic() + self._timeout + len(part) / _SLOWEST
            while rest:
                try:
                    sent = self._sock.send(rest[: self._piece])
                except OSError as error:
                    raise LostError(f"connection lost: {error}") from error
                self.taken += sent
                rest = rest[sent:]
                if rest and time.monotonic() > deadline:
                    raise LostError("connection lost: the server takes data too slowly")

    def read(self) -> Reply:
        """The next reply; raises LostError if none comes in time or it is none."""
        scan, deadline = self._at, 0.0
        while True:
            end = self._buffer.find(b"\n", scan)
            if end < 0:
                deadline = deadline or time.monotonic() + self._timeout
                scan -= self._at
                self._receive(deadline)
            elif self._buffer[scan + 3 : scan + 4] == b"-":
                scan = end + 1
            else:
                raw = self._buffer[self._at : end]
                self._at = end + 1
                try:
                    return parse_reply(raw)
                except ValueError as error:
                    raise LostError(f"connection lost: {error}") from error

    def verdict(self) -> Reply:
        """The reply to the content; raises LostError.

        A server that scans the content may take its time, and giving up leaves
        everybody in doubt: RFC 5321, 4.5.3.2.6 asks for ten minutes' patience.
        """
        usual, self._timeout = self._timeout, self._patience
        try:
            self._sock.settimeout(self._patience)
            reply = self.read()
            self._sock.settimeout(usual)
        except OSError as error:
            raise LostError(f"connection lost: {error}") from error
        finally:
            self._timeout = usual
        return reply

    def _receive(self, deadline: float) -> None:
        """Add to the buffer, which then begins with the reply being read."""
        try:
            data = self._sock.recv(65536)
        except OSError as error:
            raise LostError(f"connection lost: {error}") from error
        if not data:
            raise LostError("connection lost: closed by the server")
        # recv() has a time-out, but would let a reply drip in for ever.
        if time.monotonic() > deadline:
            raise LostError("connection lost: the server answers too slowly")
        self._buffer = self._buffer[self._at :] + data
        self._at = 0
        if len(self._buffer) > _LONGEST_REPLY + len(data):
            raise LostError("connection lost: a reply without end")

    def command_reply(self) -> Reply:
        """The next reply; 421 (RFC 5321, 3.8) too raises LostError."""
        reply = self.read()
        if reply.code == 421:
            raise LostError(f"connection lost: {reply}")
        return reply

    def stale(self) -> bool:
        """Whether the server has said something or gone away meanwhile."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(poll.poll(0))

    def quit(self) -> None:
        """Take leave and close; never raises and takes at most some seconds."""
        with suppress(LostError, OSError):
            self._timeout = min(self._timeout, _LONGEST_QUIT)
            self._sock.settimeout(self._timeout)
            self.write(b"QUIT\r\n")
            self.read()
        self.close()

    def close(self) -> None:
        """Close at once."""
        self._client.close()
