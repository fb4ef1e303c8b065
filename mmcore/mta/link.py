"""One connection to a server: bytes out, replies in, and never for longer than configured.

After the set-up (`client`) we speak over smtplib's socket ourselves, because
smtplib waits for every reply and so pays a round trip per command.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from mmcore.config import Section
from mmcore.errors import MMCoreError
from mmcore.mta.client import Client, in_words
from mmcore.mta.journal import Reply
from mmcore.mta.offers import domain_of, read_offers
from mmcore.mta.replies import parse_reply

# A write may take its time-out plus its length at this rate (bytes a second).
_SLOWEST = 16384
_LONGEST_QUIT = 5.0
# Linux: acknowledge at once what has come in.
_QUICKACK: int | None = getattr(socket, "TCP_QUICKACK", None)


class LostError(MMCoreError):
    """The connection cannot be used any more; the text says why."""


class UnreachableError(LostError):
    """No connection that is of any use could be set up; the text says why."""


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
                f"no connection to {mta.smtp_host}:{mta.smtp_port}: {in_words(error)}"
            ) from error
        self._client = client
        self._sock: socket.socket = client.sock  # type: ignore[assignment] # it is connected
        self._replies = client.replies
        self._timeout = mta.smtp_timeout.total_seconds()
        self._patience = mta.smtp_data_timeout.total_seconds()
        # TLS: one record a piece, so that a failed write has sent none of it.
        self._piece = 16384 if isinstance(self._sock, ssl.SSLSocket) else 262144
        self.offers = read_offers(client.esmtp_features)
        self.limits = self.offers.limits
        #: Whether the content goes after BDAT (RFC 3030), and whether that was seen to work.
        self.chunking = self.offers.chunking and self.offers.pipelining
        self.chunking_works = False
        #: Bytes of the content that went ahead to see that.
        self.chunk_begun = 0
        #: Bytes of the latest write that the kernel has, also when it failed.
        self.taken = 0
        #: Transactions begun, and carried out; and how many of these there may be (0: any number).
        self.begun = self.served = 0
        self._most_served: int = mta.max_sessions_per_connection
        # Domains of recipients, where the server limits them.
        self._domains: set[str] = set()
        #: Whether the server may still have a transaction open.
        self.open_transaction = False
        # Whether anything came in since the latest write.
        self._heard = False

    def has_room(self, recipients: Sequence[str], ahead: int = 0) -> bool:
        """Whether there may be another transaction; `ahead` are under way."""
        limits = self.limits
        if 0 < self._most_served <= self.served + ahead:
            return False
        if 0 < limits.transactions <= self.begun:
            return False
        if not limits.domains:
            return True
        return len(self._domains.union(map(domain_of, recipients))) <= limits.domains

    def begin(self, recipients: Sequence[str]) -> None:
        """A transaction for these is going to be sent."""
        self.begun += 1
        if self.limits.domains:
            self._domains.update(map(domain_of, recipients))

    def limit_recipients(self, number: int) -> None:
        """The server takes no more than this in a transaction, it has turned out."""
        self.limits = replace(self.limits, recipients=number)

    def write(self, *parts: bytes) -> None:
        """Send all parts; raises LostError.

        All replies must have been read.  If there are more, the server answers to
        what nobody said, and its next words must not be taken for answers.
        """
        self.taken = 0
        if self._replies:
            raise LostError("connection lost: a reply to no command")
        self._heard = False
        try:
            for part in parts:
                self._write(part)
        except OSError as error:
            raise LostError(f"connection lost: {error}") from error

    def _write(self, part: bytes) -> None:
        deadline = time.monotonic() + self._timeout + len(part) / _SLOWEST
        self._sock.settimeout(self._timeout)
        sent = self._sock.send(part if len(part) <= self._piece else part[: self._piece])
        self.taken += sent
        if sent == len(part):
            return
        rest = memoryview(part)[sent:]
        while rest:
            left = deadline - time.monotonic()
            if left <= 0:
                raise LostError("connection lost: the server takes data too slowly")
            self._sock.settimeout(min(left, self._timeout))
            sent = self._sock.send(rest[: self._piece])
            self.taken += sent
            rest = rest[sent:]

    def command_replies(self, count: int) -> list[Reply]:
        """The next replies; raises LostError, for 421 too (RFC 5321, 3.8)."""
        replies = []
        for _ in range(count):
            reply = self._read(self._timeout)
            if reply.code == 421:
                raise LostError(f"connection lost: {reply}")
            replies.append(reply)
        return replies

    def verdict(self) -> Reply:
        """The reply to the content; raises LostError.

        A server that scans the content may take its time, and giving up leaves
        everybody in doubt: RFC 5321, 4.5.3.2.6 asks for ten minutes' patience.
        """
        reply = self._read(self._patience)
        if 300 <= reply.code < 400:
            raise LostError(f"connection lost: unexpected reply to the content: {reply}")
        return reply

    def last_words(self) -> Reply | None:
        """What the server said before a write failed, if it said anything."""
        with suppress(LostError):
            return self._read(0.0)
        return None

    def _read(self, patience: float) -> Reply:
        try:
            raw = self._replies.take()
            if raw is None:
                raw = self._await(patience)
            return parse_reply(raw)
        except (OSError, ValueError) as error:
            # ValueError: what came is no reply, or has no end.
            raise LostError(f"connection lost: {error}") from error

    def _await(self, patience: float) -> bytes:
        """A reply that is not here yet; raises OSError, ValueError or LostError."""
        deadline = time.monotonic() + patience
        left = patience
        while True:
            if self._heard and _QUICKACK is not None:
                # A server that writes its replies one by one and has not switched off Nagle's
                # algorithm sends the next one only when it knows that we have this one, and we
                # would tell it 40 ms later.
                self._sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
            self._sock.settimeout(left)
            data = self._sock.recv(65536)
            if not data:
                raise LostError("connection lost: closed by the server")
            self._heard = True
            self._replies.feed(data)
            if (raw := self._replies.take()) is not None:
                return raw
            # Else a reply could drip in for ever.
            left = deadline - time.monotonic()
            if left <= 0:
                raise LostError("connection lost: the server answers too slowly")

    def stale(self) -> bool:
        """Whether the server has said something or gone away meanwhile."""
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        return bool(self._replies) or bool(poll.poll(0))

    def quit(self) -> None:
        """Take leave and close; never raises and takes at most some seconds."""
        with suppress(LostError):
            self._timeout = min(self._timeout, _LONGEST_QUIT)
            self.write(b"QUIT\r\n")
            self._read(self._timeout)
        self.close()

    def close(self) -> None:
        """Close at once."""
        self._client.close()
