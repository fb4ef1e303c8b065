"""SMTP out: one connection, kept and reused, pipelined where the server allows.

With PIPELINING (RFC 2920) the content travels together with the envelope of
the next transaction: one round trip per transaction.  The parts are the
connection (`client`, `link`), what is said (`envelope`, `content`) and what
comes back (`dialogue`, `replies`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from mmcore.config import Settings
from mmcore.mta.content import Content, prepare
from mmcore.mta.deliver import NO_REPLY, Observer, Transaction
from mmcore.mta.dialogue import fill, negotiate
from mmcore.mta.envelope import Envelope, address_envelope
from mmcore.mta.journal import Reply
from mmcore.mta.link import Link, LostError, UnreachableError

log = logging.getLogger("mmcore.smtp")

# A content is joined with what follows it, into one write, up to this length.
_JOINED = 65536


class SMTPTransport:
    """Delivery to the smarthost of the settings; see `Transport`."""

    def __init__(self, settings: Settings) -> None:
        self._mta = settings.mta
        self._link: Link | None = None
        self._content = prepare(b"")
        # The envelope that travelled with the content before it.
        self._sent: Envelope | None = None

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        """See `Transport`.

        A lost connection is set up again, once: if it is lost again before any
        transaction had a reply, or cannot be set up, all that remain get 444.
        """
        if self._link is not None and self._link.stale():
            self._drop()
        failures = 0
        try:
            todo = _Lookahead(transactions)
            while todo.current is not None:
                try:
                    self._transact(todo.current, todo, observer)
                    failures = 0
                except LostError as error:
                    log.warning("%s", error)
                    self._drop()
                    failures += 1
                    if failures > 1 or isinstance(error, UnreachableError):
                        _give_up(todo, observer, str(error))
        except BaseException:
            # The observer's or the caller's fault, in the middle of a dialogue.
            self._drop()
            raise

    def close(self) -> None:
        """See `Transport`."""
        link, self._link = self._link, None
        if link is not None:
            link.quit()

    def _drop(self) -> None:
        link, self._link, self._sent = self._link, None, None
        if link is not None:
            link.close()

    def _prepared(self, source: bytes) -> Content:
        if self._content.source is not source:
            self._content = prepare(source)
        return self._content

    def _transact(self, transaction: Transaction, todo: _Lookahead, observer: Observer) -> None:
        """Settle the current transaction; raises LostError."""
        link = self._link
        if link is None:
            link = self._link = Link(self._mta)
        envelope, self._sent = self._sent, None
        if envelope is None:
            envelope = address_envelope(transaction, self._prepared(transaction.content), link)
        replies, accepted = negotiate(envelope, link)
        if not accepted:
            observer.finished(transaction, replies)
            todo.advance()
            return
        parts = [*envelope.content.wire]
        following = self._following(todo, link)
        if following is not None:
            parts.append(following.groups[0][0])
        observer.started(transaction, accepted)
        try:
            link.write(*([b"".join(parts)] if envelope.content.size < _JOINED else parts))
            reply = link.verdict()
        except LostError as error:
            # Unless the kernel has the final dot, nothing can have happened.
            if link.taken >= envelope.content.wire_size:
                unknown = Reply(NO_REPLY, "4.4.2", str(error))
                fill(replies, accepted, unknown)
                observer.lost(transaction, replies, accepted)
                todo.advance()
            raise
        fill(replies, accepted, reply)
        observer.finished(transaction, replies)
        todo.advance()
        if reply.code == 421:
            raise LostError(f"connection lost: {reply}")
        if 200 <= reply.code < 300:
            link.served += 1
        if following is not None:
            following.written = 1
            self._sent = following
        elif 0 < self._mta.max_sessions_per_connection <= link.served:
            self.close()

    def _following(self, todo: _Lookahead, link: Link) -> Envelope | None:
        """The envelope that may travel with the content of the current transaction."""
        limit = self._mta.max_sessions_per_connection
        if not link.pipelining or 0 < limit <= link.served + 1:
            return None
        following = todo.following()
        if following is None:
            return None
        envelope = address_envelope(following, self._prepared(following.content), link)
        return envelope if envelope.groups else None


class _Lookahead:
    """Transactions with the next one in sight."""

    def __init__(self, transactions: Iterable[Transaction]) -> None:
        self._rest: Iterator[Transaction] = iter(transactions)
        self._following: Transaction | None = None
        self.current = next(self._rest, None)

    def following(self) -> Transaction | None:
        """The transaction after the current one."""
        if self._following is None:
            self._following = next(self._rest, None)
        return self._following

    def advance(self) -> None:
        """The current transaction is settled."""
        self.current, self._following = self.following(), None


def _give_up(todo: _Lookahead, observer: Observer, why: str) -> None:
    """All that remains gets 444."""
    reply = Reply(NO_REPLY, "4.4.2", why)
    while todo.current is not None:
        observer.finished(todo.current, [reply] * len(todo.current.recipients))
        todo.advance()
