"""What delivery is about: messages for recipients, SMTP transactions, and what becomes of them.

`scheduling` divides deliveries into transactions, `pool` has transports (`smtp`,
`maildir`) carry them out, and `journal` gets a mark before and after each.  No
database is touched in here: the caller folds the results into it and has the
journal forget them after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from mmcore.mta.journal import Reply
from mmcore.mta.outcomes import Outcomes, State

#: The code that stands for "the server said nothing" (engine specification 7.5).
NO_REPLY = 444
_TOO_LARGE = "5.3.4"


@dataclass(slots=True)
class Transaction:
    """One envelope with its content.

    Transactions of a bulk delivery share the content object: a transport prepares
    it once, as long as the same object comes again.  `tag` is the caller's.
    """

    sender: str
    recipients: Sequence[str]
    content: bytes
    tag: Any = None
    #: Whether the content is known to be in CRLF lines, so that nobody need look.
    canonical: bool = False
    #: Set by a transport: the server refused the sender, so its words are not about recipients.
    sender_refused: bool = False

    def part(self, positions: Sequence[int]) -> Transaction:
        """A transaction for some of the recipients, for a server that takes fewer at a time.

        Observers are told of the parts instead of the whole.
        """
        recipients = [self.recipients[position] for position in positions]
        tag = None if self.tag is None else self.tag.part(positions)
        return replace(self, recipients=recipients, tag=tag)


class Observer(Protocol):
    """Told by a transport what becomes of each transaction, or of each of its parts.

    What these methods raise ends the run and comes out of it.
    """

    def started(self, transaction: Transaction, positions: Sequence[int]) -> None:
        """Right before the point of no return, for the recipients at `positions`."""

    def finished(self, transaction: Transaction, replies: Sequence[Reply]) -> None:
        """The outcome is known; one reply per recipient."""

    def lost(
        self, transaction: Transaction, replies: Sequence[Reply], positions: Sequence[int]
    ) -> None:
        """Like `finished`, but nobody knows whether those at `positions` have it."""


class Transport(Protocol):
    """A way out for messages: one connection.  Used by one thread at a time."""

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        """Carry out all transactions, in order; they are taken one ahead.

        Failures of the other side are told to the observer, never raised.
        """

    def close(self) -> None:
        """Give up what is kept from one run to the next, such as a connection."""


class Copies(Protocol):
    """The copies of a message of which each recipient gets one of its own."""

    def copy(self, index: int) -> tuple[str, bytes]:
        """(envelope sender, message in CRLF lines) for the recipient at `index`."""


@dataclass(slots=True)
class Delivery:
    """One message for many recipients.

    `key` (ASCII) names it in the journal: the name of its queue entry.  Recipients are
    spoken of by their index, which must not change from one attempt to the next.
    With `copies` each has a transaction of its own, and `sender` and `content` do not count.
    Deliveries of one `lane` go out in order, and lanes in turns.
    """

    key: str
    sender: str
    recipients: Sequence[str]
    content: bytes
    copies: Copies | None = None
    lane: str = ""
    #: Whether recipients may wait whose servers want a rest.
    patient: bool = True


@dataclass(slots=True)
class Result:
    """What became of a delivery, by index of its recipients."""

    key: str
    outcomes: Outcomes
    #: Held: they may have it or not (only with `in_doubt` = hold).
    in_doubt: tuple[int, ...] = ()
    #: (recipient, time in seconds since the epoch) of those not tried: their servers want a rest.
    postponed: Sequence[tuple[int, float]] = ()
    #: How many were in doubt and are sent, or left for the next attempt, nevertheless.
    doubted: int = 0
    #: Why no more copies could be made; those who got none are waiting.
    failure: Exception | None = None


def is_permanent(reply: Reply) -> bool:
    """Whether a refusal is final.

    552 means a full mailbox more often than not, and so is temporary; except
    with 5.3.4 (RFC 3463, 3.4): this message is too large for that server,
    whether it says so or we find out beforehand (RFC 1870).
    """
    return reply.code >= 500 and (reply.code != 552 or reply.enhanced == _TOO_LARGE)


def is_final(reply: Reply) -> bool:
    """Whether a recipient with this reply is not tried again."""
    return reply.code < 300 or is_permanent(reply)


def state_after(reply: Reply) -> State:
    """The state of a recipient who got this reply."""
    if 200 <= reply.code < 300:
        return State.DELIVERED
    return State.PERMANENT if is_permanent(reply) else State.TEMPORARY
