"""A delivery under way: who is still to be tried, in which order, and what became of whom."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mmcore.mta.chunking import arrange
from mmcore.mta.deliver import Delivery, Result, is_final, state_after
from mmcore.mta.journal import Marks, Reply
from mmcore.mta.outcomes import Outcomes

log = logging.getLogger("mmcore.smtp")

#: Says for a recipient at which time it may be tried, in seconds since the epoch; 0.0: now.
Reserve = Callable[[str], float]


@dataclass(slots=True)
class Chunk:
    """The recipients of a transaction: its tag."""

    undertaking: Undertaking
    indices: Sequence[int]
    #: Number of the transaction within the delivery, from 1 on.
    batch: int
    #: Of the latest start: number in the journal, whose replies it waits for, and when it was.
    number: int = 0
    positions: Sequence[int] = ()
    began: float = 0.0
    #: How often it was taken back.
    returns: int = 0

    def part(self, positions: Sequence[int]) -> Chunk:
        """Some of the recipients, which become a transaction of their own."""
        # Nobody waits for a reply to the whole any more.
        self.began = 0.0
        indices = [self.indices[position] for position in positions]
        return Chunk(self.undertaking, indices, self.undertaking.next_batch())


class Undertaking:
    """See the docstring of the module.  Not thread-safe: the scheduler has a lock."""

    def __init__(
        self, delivery: Delivery, max_recipients: int, marks: Marks | None, hold: bool
    ) -> None:
        """`marks` is what the journal knows of earlier attempts; with `hold` whoever is in doubt
        is not tried again."""
        self.delivery = delivery
        self.outcomes = Outcomes(len(delivery.recipients))
        #: Its number in the journal, from its first mark on.
        self.run = 0
        #: Recipients handed out, whose outcome is not known yet.
        self.outstanding = 0
        self.doubted = 0
        self.failure: Exception | None = None
        #: Whether its result was handed in.
        self.finished = False
        self._hold = hold
        self._held: set[int] = set()
        self._postponed_indices, self._postponed_until = array("I"), array("d")
        self._batches = 0
        self._next = 0
        #: Those that somebody took and did not send.
        self._returned: list[Chunk] = []
        settled = self._recover(marks) if marks is not None else frozenset[int]()
        limit = 1 if delivery.copies is not None else max_recipients
        self._order, self._ends = arrange(delivery.recipients, limit, settled)
        self._ends_passed = 0
        self._limit = limit if limit > 0 else len(delivery.recipients)

    def take(self, reserve: Reserve | None) -> Chunk | None:
        """The next recipients to be tried together; None if there are no more.

        Those whom `reserve` makes wait are put aside.
        """
        if self._returned and self.failure is None:
            chunk = self._returned.pop()
            self.outstanding += len(chunk.indices)
            return chunk
        while self._next < len(self._order) and self.failure is None:
            begin, bucket_end = self._next, self._ends[self._ends_passed]
            if begin == bucket_end:
                self._ends_passed += 1
                continue
            self._next = min(begin + self._limit, bucket_end)
            indices: Sequence[int] = self._order[begin : self._next]
            if reserve is not None:
                indices = self._admitted(indices, reserve)
            if indices:
                self.outstanding += len(indices)
                return Chunk(self, indices, self.next_batch())
        return None

    def take_back(self, chunk: Chunk) -> None:
        """Its recipients are to be tried later, by somebody else."""
        chunk.returns += 1
        self.outstanding -= len(chunk.indices)
        self._returned.append(chunk)

    def next_batch(self) -> int:
        """A new number for a transaction."""
        self._batches += 1
        return self._batches

    def settle(
        self, indices: Sequence[int], replies: Sequence[Reply], batch: int, when: int
    ) -> None:
        """The replies to some recipients have come."""
        outcomes, first = self.outcomes, replies[0]
        if len(replies) == 1 or replies.count(first) == len(replies):
            outcomes.settle(indices, state_after(first), first, batch, when)
            return
        for index, reply in zip(indices, replies, strict=True):
            outcomes.settle((index,), state_after(reply), reply, batch, when)

    def doubt(self, indices: Iterable[int]) -> set[int]:
        """Nobody knows whether these have it; returns those who are not to be tried again."""
        doubtful = set(indices)
        log.warning(
            "%s: in doubt whether %d recipients have it; %s",
            self.delivery.key,
            len(doubtful),
            "held" if self._hold else "they get it again",
        )
        if not self._hold:
            self.doubted += len(doubtful)
            return set()
        self._held |= doubtful
        self.outcomes.doubt(doubtful)
        return doubtful

    @property
    def exhausted(self) -> bool:
        """Whether nobody is left to be tried."""
        is_empty = self._next >= len(self._order) and not self._returned
        return is_empty or self.failure is not None

    def result(self) -> Result:
        """What became of it, when nobody is outstanding."""
        postponed = zip(self._postponed_indices, self._postponed_until, strict=True)
        return Result(
            self.delivery.key,
            self.outcomes,
            tuple(sorted(self._held)),
            list(postponed),
            self.doubted,
            self.failure,
        )

    def _admitted(self, indices: Sequence[int], reserve: Reserve) -> Sequence[int]:
        """Those who may be tried now; the others are postponed."""
        recipients, now = self.delivery.recipients, []
        for index in indices:
            until = reserve(recipients[index])
            if until:
                self._postponed_indices.append(index)
                self._postponed_until.append(until)
            else:
                now.append(index)
        return indices if len(now) == len(indices) else now

    def _recover(self, marks: Marks) -> frozenset[int]:
        """Take what an earlier attempt left in the journal; returns who is not to be tried."""
        settled = set()
        for index, reply in marks.done.items():
            if is_final(reply):
                self.outcomes.settle((index,), state_after(reply), reply)
                settled.add(index)
        if marks.in_doubt:
            settled |= self.doubt(marks.in_doubt)
        return frozenset(settled)
