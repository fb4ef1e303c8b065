"""SMTP out: one connection, kept and reused, pipelined where the server allows.

With PIPELINING (RFC 2920) the content travels together with the envelope of
the next transaction: one round trip per transaction.  The parts are the
connection (`client`, `link`, `offers`), what is said (`envelope`, `content`,
`division`) and what comes back (`dialogue`, `replies`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from mmcore.config import Settings
from mmcore.mta.content import Content
from mmcore.mta.deliver import NO_REPLY, Observer, Transaction
from mmcore.mta.dialogue import Terms, fill, negotiate, prove_chunking
from mmcore.mta.division import Lookahead, divide, too_many
from mmcore.mta.envelope import Envelope, address_envelope
from mmcore.mta.journal import Reply
from mmcore.mta.link import Link, LostError, UnreachableError

log = logging.getLogger("mmcore.smtp")

# A content is joined with what follows it, into one write, up to this length.
_JOINED = 65536
# A command that is not known, or not carried out (RFC 5321, 4.2.4).
_NOT_UNDERSTOOD = (500, 501, 502, 503, 504)


class SMTPTransport:
    """Delivery to the smarthost of the settings; see `Transport`."""

    def __init__(self, settings: Settings) -> None:
        self._mta = settings.mta
        self._link: Link | None = None
        self._content = Content(b"")
        # The envelope that travelled with the content before it.
        self._sent: Envelope | None = None
        # Until it is seen that the server does not mean it.
        self._chunking = True

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        """See `Transport`.

        A lost connection is set up again.  The transaction with which that happens
        twice in a row gets 444; if it happens again with the next one, or the server
        cannot be reached, all that remain get 444.
        """
        if self._link is not None and self._link.stale():
            self._drop()
        failures, blamed = 0, None
        try:
            todo = Lookahead(transactions)
            while todo.current is not None:
                try:
                    self._transact(todo, observer)
                    failures = 0
                except LostError as error:
                    log.warning("%s", error)
                    self._drop()
                    failures += 1
                    if failures == 2 and todo.current is blamed:
                        _give_up(todo, observer, str(error))
                    elif failures > 1 or isinstance(error, UnreachableError):
                        while todo.current is not None:
                            _give_up(todo, observer, str(error))
                    blamed = todo.current
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

    def _transact(self, todo: Lookahead, observer: Observer) -> None:
        """Settle the current transaction, or as much of it as fits; raises LostError."""
        envelope, self._sent = self._sent, None
        if envelope is None:
            self._make_room(todo)
            envelope = self._address(_current(todo), self._connected())
        link = self._connected()
        terms = negotiate(envelope, link)
        if terms.accepted:
            if len(terms.accepted) < len(terms.replies):
                terms = _set_aside(terms, todo, link)
            if link.chunking and not link.chunking_works and envelope.content.size:
                self._begin_chunks(terms, envelope.content, link)
        if terms.accepted:
            self._convey(envelope.content, terms, todo, observer)
            return
        transaction = _current(todo)
        transaction.sender_refused = terms.sender_refused
        observer.finished(transaction, terms.replies)
        todo.advance()

    def _convey(self, content: Content, terms: Terms, todo: Lookahead, observer: Observer) -> None:
        """Send the content, with the envelope that follows; raises LostError."""
        link, transaction = self._connected(), _current(todo)
        parts = _wire(content, link)
        size = sum(map(len, parts))
        following = self._following(todo, link)
        ahead = following.groups[0][0] if following is not None else b""
        observer.started(transaction, terms.accepted)
        try:
            reply, failure = _exchange(parts, size, ahead, link)
        except LostError as error:
            # Unless the kernel has all of the content, nothing can have happened.
            if link.taken >= size:
                fill(terms.replies, terms.accepted, Reply(NO_REPLY, "4.4.2", str(error)))
                observer.lost(transaction, terms.replies, terms.accepted)
                todo.advance()
            raise
        if link.chunking and reply.code in _NOT_UNDERSTOOD:
            raise self._without_chunking(reply)
        fill(terms.replies, terms.accepted, reply)
        observer.finished(transaction, terms.replies)
        todo.advance()
        if failure is not None or reply.code == 421:
            raise failure or LostError(f"connection lost: {reply}")
        if reply.code < 300:
            link.served += 1
        if following is not None:
            following.written = 1
            self._sent = following

    def _connected(self) -> Link:
        """The connection, set up if there is none; raises UnreachableError."""
        if self._link is None:
            self._link = Link(self._mta)
            self._link.chunking &= self._chunking
        return self._link

    def _make_room(self, todo: Lookahead) -> None:
        """See that the current transaction fits; raises UnreachableError."""
        if self._link is not None:
            todo.divide(divide(_current(todo).recipients, self._link.limits))
            if not self._link.has_room(_current(todo).recipients):
                self.close()
        if self._link is None:
            todo.divide(divide(_current(todo).recipients, self._connected().limits))

    def _address(self, transaction: Transaction, link: Link) -> Envelope:
        if self._content.source is not transaction.content:
            self._content = Content(transaction.content, transaction.canonical)
        envelope = address_envelope(transaction, self._content, link)
        if envelope.groups:
            link.begin(transaction.recipients)
        return envelope

    def _following(self, todo: Lookahead, link: Link) -> Envelope | None:
        """The envelope that may travel with the content of the current transaction."""
        if not link.offers.pipelining:
            return None
        following = todo.following()
        if following is None:
            return None
        if parts := divide(following.recipients, link.limits):
            todo.divide_following(parts)
            return self._following(todo, link)
        if not link.has_room(following.recipients, 1):
            return None
        envelope = self._address(following, link)
        return envelope if envelope.groups else None

    def _begin_chunks(self, terms: Terms, content: Content, link: Link) -> None:
        """See whether the server means CHUNKING; raises LostError if it does not."""
        refusal = prove_chunking(content, link)
        if refusal is None:
            return
        if refusal.code in _NOT_UNDERSTOOD:
            raise self._without_chunking(refusal)
        fill(terms.replies, terms.accepted, refusal)
        terms.accepted = ()

    def _without_chunking(self, reply: Reply) -> LostError:
        """From now on DATA, over a new connection: who knows what this one did with a chunk."""
        self._chunking = False
        return LostError(f"CHUNKING was offered and does not work: {reply}")


def _current(todo: Lookahead) -> Transaction:
    """The transaction that is being carried out."""
    assert todo.current is not None
    return todo.current


def _wire(content: Content, link: Link) -> Sequence[bytes]:
    """The bytes of a content, in pieces."""
    if not link.chunking:
        return content.after_data()
    sent, link.chunk_begun = link.chunk_begun, 0
    return content.last_chunk(sent)


def _exchange(
    parts: Sequence[bytes], size: int, ahead: bytes, link: Link
) -> tuple[Reply, LostError | None]:
    """Send the content and what follows; returns the reply, and what broke the connection.

    Raises LostError if there was no reply.
    """
    failure = None
    try:
        if size < _JOINED:
            link.write(b"".join([*parts, ahead]))
        else:
            link.write(*parts, ahead)
    except LostError as error:
        failure = error
        if link.taken < size:
            # Some refuse what is too large in the middle of it and hang up.
            reply = link.last_words()
            if reply is None or reply.code < 400:
                raise
            return reply, failure
    return link.verdict(), failure


def _set_aside(terms: Terms, todo: Lookahead, link: Link) -> Terms:
    """Those who were too many for one transaction become another one, which comes next."""
    excess = {position for position, reply in enumerate(terms.replies) if too_many(reply)}
    if not excess:
        return terms
    link.limit_recipients(max(1, min(excess)))
    rest = [position for position in range(len(terms.replies)) if position not in excess]
    todo.divide([rest, sorted(excess)])
    accepted = set(terms.accepted)
    return Terms(
        [terms.replies[position] for position in rest],
        [place for place, position in enumerate(rest) if position in accepted],
    )


def _give_up(todo: Lookahead, observer: Observer, why: str) -> None:
    """The current transaction gets 444."""
    transaction = _current(todo)
    reply = Reply(NO_REPLY, "4.4.2", why)
    observer.finished(transaction, [reply] * len(transaction.recipients))
    todo.advance()
