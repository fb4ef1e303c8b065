"""Deliver messages to their recipients, each at most once if that can be known.

The entrance of this package: `deliver()` divides recipients into transactions
(`chunking`), has a transport carry them out (`smtp`, `maildir`), and
marks each in the journal (`journal`).  No database is touched in here: the
caller folds the results into it and has the journal forget them after that.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mmcore.config import Settings
from mmcore.mta.chunking import chunks
from mmcore.mta.journal import Journal, Marks, Reply

log = logging.getLogger("mmcore.smtp")

#: The code that stands for "the server said nothing" (engine specification 7.5).
NO_REPLY = 444
_TOO_LARGE = "5.3.4"


@dataclass(slots=True)
class Transaction:
    """One envelope with its content.

    Transactions of a delivery share the content object: a transport prepares
    it once, as long as the same object comes again.  `tag` is the caller's.
    """

    sender: str
    recipients: Sequence[str]
    content: bytes
    tag: Any = None


class Observer(Protocol):
    """Told by a transport what becomes of each transaction.

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
    """A way out for messages."""

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        """Carry out all transactions, in order; they are taken one ahead.

        Failures of the other side are told to the observer, never raised.
        """

    def close(self) -> None:
        """Give up what is kept from one run to the next, such as a connection."""


@dataclass(slots=True)
class Delivery:
    """One content for many recipients.

    `key` (ASCII) names it in the journal: the name of its queue entry.  Recipients are
    spoken of by their index, which must not change from one attempt to the
    next; those in `done` are left out.
    """

    key: str
    sender: str
    recipients: Sequence[str]
    content: bytes
    done: frozenset[int] = frozenset()


@dataclass(slots=True)
class Result:
    """What became of a delivery, by index of its recipients."""

    key: str
    delivered: dict[int, Reply] = field(default_factory=dict)
    temporary: dict[int, Reply] = field(default_factory=dict)
    permanent: dict[int, Reply] = field(default_factory=dict)
    #: Held: they may have it or not (only with `in_doubt` = hold).
    in_doubt: tuple[int, ...] = ()
    #: Not tried, because the runner is to stop.
    unattempted: tuple[int, ...] = ()
    #: How many were in doubt and are sent, or left for the next attempt, nevertheless.
    doubted: int = 0


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


def deliver(
    deliveries: Iterable[Delivery],
    transport: Transport,
    journal: Journal,
    settings: Settings,
    should_stop: Callable[[], bool] = lambda: False,
) -> list[Result]:
    """Deliver, and say what became of every recipient not `done` before.

    What the journal knows is not sent again, unless the server refused it for
    the time being.  When `should_stop` says so, no new transaction is begun;
    deliveries not yet taken from the iterable then have no result.  Raises
    OSError if the journal cannot be written: nothing is sent without a mark,
    and the journal keeps what was done.
    """
    work = _Work(journal, settings, should_stop)
    transport.run(work.transactions(deliveries), work)
    return work.finish()


@dataclass(slots=True)
class _Job:
    """A delivery under way."""

    delivery: Delivery
    result: Result
    #: Its number in the journal, from its first mark on.
    run: int = 0
    chunks: Sequence[Sequence[int]] = ()
    #: How many chunks were handed to the transport.
    handed: int = 0
    held: set[int] = field(default_factory=set)


@dataclass(slots=True)
class _Chunk:
    """The tag of a transaction."""

    job: _Job
    indices: Sequence[int]
    #: Of the latest start: number, and whose replies the journal waits for.
    number: int = 0
    positions: Sequence[int] = ()


class _Work:
    """One call of `deliver()`; the observer of its transactions."""

    def __init__(
        self, journal: Journal, settings: Settings, should_stop: Callable[[], bool]
    ) -> None:
        self._journal = journal
        self._should_stop = should_stop
        self._max_recipients: int = settings.mta.max_recipients
        self._hold = settings.mta.in_doubt == "hold"
        self._numbers = itertools.count(1)
        self._jobs: list[_Job] = []

    def transactions(self, deliveries: Iterable[Delivery]) -> Iterator[Transaction]:
        """All transactions of all deliveries, until it is time to stop."""
        source = iter(deliveries)
        while not self._should_stop() and (delivery := next(source, None)) is not None:
            job = self._job(delivery)
            self._jobs.append(job)
            recipients = delivery.recipients
            for indices in job.chunks:
                if self._should_stop():
                    return
                job.handed += 1
                names = [recipients[index] for index in indices]
                tag = _Chunk(job, indices)
                yield Transaction(delivery.sender, names, delivery.content, tag)

    def finish(self) -> list[Result]:
        """The results, when the transport is done."""
        if any(job.run for job in self._jobs):
            self._journal.sync()
        for job in self._jobs:
            job.result.in_doubt = tuple(sorted(job.held))
            left = itertools.chain.from_iterable(job.chunks[job.handed :])
            job.result.unattempted = tuple(sorted(left))
        return [job.result for job in self._jobs]

    def _job(self, delivery: Delivery) -> _Job:
        """A delivery with what remains to be done for it."""
        job = _Job(delivery, Result(delivery.key))
        recipients = delivery.recipients
        marks = self._journal.recall(delivery.key)
        if marks is None and not delivery.done:
            job.chunks = chunks(recipients, self._max_recipients)
            return job
        settled = set(delivery.done) | self._recover(job, marks or Marks())
        rest = [index for index in range(len(recipients)) if index not in settled]
        parts = chunks([recipients[index] for index in rest], self._max_recipients)
        job.chunks = [[rest[position] for position in part] for part in parts]
        return job

    def _recover(self, job: _Job, marks: Marks) -> set[int]:
        """Take what an earlier attempt left in the journal; returns what is not to be sent."""
        delivery, result = job.delivery, job.result
        settled = set()
        for index, reply in marks.done.items():
            if index not in delivery.done and is_final(reply):
                (result.delivered if reply.code < 300 else result.permanent)[index] = reply
                settled.add(index)
        doubtful = marks.in_doubt - delivery.done
        if doubtful:
            self._doubt(job, doubtful)
        return settled | job.held

    def _doubt(self, job: _Job, indices: set[int]) -> None:
        """Count and report recipients in doubt; hold them if that is the policy."""
        log.warning(
            "%s: in doubt whether %d recipients have it; %s",
            job.delivery.key,
            len(indices),
            "held" if self._hold else "they get it again",
        )
        if self._hold:
            job.held |= indices
        else:
            job.result.doubted += len(indices)

    def started(self, transaction: Transaction, positions: Sequence[int]) -> None:
        """See `Observer`."""
        chunk: _Chunk = transaction.tag
        job, indices = chunk.job, chunk.indices
        if not job.run:
            job.run = self._journal.begin(job.delivery.key)
        if len(positions) < len(indices):
            indices = [indices[position] for position in positions]
        chunk.number, chunk.positions = next(self._numbers), positions
        self._journal.started(job.run, chunk.number, indices)

    def finished(self, transaction: Transaction, replies: Sequence[Reply]) -> None:
        """See `Observer`."""
        chunk: _Chunk = transaction.tag
        if chunk.number:
            marked = replies
            if len(chunk.positions) < len(replies):
                marked = [replies[position] for position in chunk.positions]
            self._journal.finished(chunk.job.run, chunk.number, marked)
        self._sort(chunk.job.result, chunk.indices, replies)

    def lost(
        self, transaction: Transaction, replies: Sequence[Reply], positions: Sequence[int]
    ) -> None:
        """See `Observer`.  There is no second mark: the doubt outlives this process."""
        chunk: _Chunk = transaction.tag
        doubtful = {chunk.indices[position] for position in positions}
        self._doubt(chunk.job, doubtful)
        pairs = [
            (index, reply)
            for index, reply in zip(chunk.indices, replies, strict=True)
            if index not in chunk.job.held
        ]
        self._sort(chunk.job.result, [pair[0] for pair in pairs], [pair[1] for pair in pairs])

    def _sort(self, result: Result, indices: Sequence[int], replies: Sequence[Reply]) -> None:
        """Put the replies where they belong."""
        if not replies:
            return
        first = replies[0]
        if 200 <= first.code < 300 and replies.count(first) == len(replies):
            result.delivered.update(dict.fromkeys(indices, first))
            return
        for index, reply in zip(indices, replies, strict=True):
            if 200 <= reply.code < 300:
                result.delivered[index] = reply
            elif is_permanent(reply):
                result.permanent[index] = reply
            else:
                result.temporary[index] = reply
