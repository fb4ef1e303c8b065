"""Whose turn it is: hands out the transactions of all deliveries under way, fairly.

Lanes take turns, one transaction each, so that a message for a hundred thousand recipients
delays one for ten by a transaction.  Several connections, each with a thread of its own, take
from here and say here what became of it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from mmcore.config import Settings
from mmcore.mta.connections import Connections
from mmcore.mta.deliver import NO_REPLY, Delivery, Result, Transaction
from mmcore.mta.journal import Journal, Marks, Reply
from mmcore.mta.pacing import Pacer
from mmcore.mta.undertaking import Chunk, Undertaking

log = logging.getLogger("mmcore.smtp")

#: A reply that is outstanding for so long (seconds) is taken for a stall.
_STALLED = 0.25
#: So often others try what one connection could not be used for; then it is tried later.
_MOST_RETURNS = 3
#: For so long (seconds) after a server has asked for patience destinations are paced.
_PACED_FOR = 3600.0


class Scheduler:
    """See the docstring of the module.  Safe to use from several threads; an `Observer`."""

    def __init__(
        self, journal: Journal, settings: Settings, notify: Callable[[], None] = lambda: None
    ) -> None:
        """`notify` is called, from any thread, when a delivery is done."""
        self.journal = journal
        self.changed = threading.Condition()
        self._journal_lock = threading.Lock()
        self._notify = notify
        self._max_recipients: int = settings.mta.max_recipients
        self._hold = settings.mta.in_doubt == "hold"
        devmode = settings.devmode
        self._diverted_to = str(devmode.recipient) if devmode.enabled else ""
        self._lanes: dict[str, deque[Undertaking]] = {}
        self._turns: deque[str] = deque()
        self._done: list[Result] = []
        #: Chunks by number between their two marks.
        self._waiting: dict[int, Chunk] = {}
        self._numbers = 0
        self._pacer = Pacer()
        self._paced_until = 0.0
        self._connections = Connections(settings.mta.max_delivery_threads)
        self.stopping = False

    def add(self, delivery: Delivery) -> None:
        """Take in a delivery; raises OSError if the journal cannot be read.

        What the journal knows of it is not sent again, unless the server refused it for the
        time being.
        """
        marks = self.recall(delivery.key)
        undertaking = Undertaking(delivery, self._max_recipients, marks, self._hold)
        with self.changed:
            if undertaking.exhausted:
                self._finish(undertaking)
                return
            self._lane(delivery.lane).append(undertaking)
            self.changed.notify_all()

    def recall(self, key: str) -> Marks | None:
        """What the journal knows of a delivery, or None; raises OSError."""
        with self._journal_lock:
            return self.journal.recall(key)

    def transactions(self) -> Iterator[Transaction]:
        """What is to be done now by this thread, until there is nothing or it is time to stop."""
        while True:
            with self.changed:
                ended = self.stopping or self._connections.is_resting()
                chunk = None if ended else self._next()
            if chunk is None:
                return
            transaction = self._transaction(chunk)
            if transaction is not None:
                yield transaction

    def forget(self, names: Sequence[str]) -> None:
        """Have the journal forget what the database knows now; raises OSError."""
        with self._journal_lock:
            self.journal.forget(names)

    def close(self) -> None:
        """Close the journal: what a connection says from now on is not heard."""
        with self._journal_lock:
            self.journal.close()

    def finished_deliveries(self) -> list[Result]:
        """Those done since it was asked last."""
        with self.changed:
            done, self._done = self._done, []
        return done

    def stop(self) -> None:
        """Hand out no more."""
        with self.changed:
            self.stopping = True
            self.changed.notify_all()

    def has_work(self, number: int) -> bool:
        """Whether there is something for this thread, the one with this number from 0 on.

        Call it with `changed` held.
        """
        return bool(self._turns) and not self.stopping and self._connections.is_of_use(number)

    @property
    def connections(self) -> int:
        """How many connections are of use now: one for a server that answers at once."""
        return self._connections.wanted

    def review(self) -> None:
        """Think about the number of connections again: some replies may not be coming."""
        now = time.monotonic()
        with self._journal_lock:
            stalled = sum(0 < chunk.began < now - _STALLED for chunk in self._waiting.values())
        with self.changed:
            self._adjust(stalled)

    def started(self, transaction: Transaction, positions: Sequence[int]) -> None:
        """See `Observer`."""
        chunk: Chunk = transaction.tag
        undertaking, indices = chunk.undertaking, chunk.indices
        if len(positions) < len(indices):
            indices = [indices[position] for position in positions]
        chunk.positions, chunk.began = positions, time.monotonic()
        with self._journal_lock:
            if not undertaking.run:
                undertaking.run = self.journal.begin(undertaking.delivery.key)
            # It may be begun again, if the connection was lost before the end of the content.
            self._waiting.pop(chunk.number, None)
            self._numbers += 1
            chunk.number = self._numbers
            self._waiting[chunk.number] = chunk
            self.journal.started(undertaking.run, chunk.number, indices)

    def finished(self, transaction: Transaction, replies: Sequence[Reply]) -> None:
        """See `Observer`."""
        chunk: Chunk = transaction.tag
        if chunk.number:
            marked = replies
            if len(chunk.positions) < len(replies):
                marked = [replies[position] for position in chunk.positions]
            with self._journal_lock:
                self._waiting.pop(chunk.number, None)
                self.journal.finished(chunk.undertaking.run, chunk.number, marked)
        with self.changed:
            if replies[0].code != NO_REPLY:
                self._connections.answered()
            elif not chunk.number and self._is_left_to_others(chunk):
                return
            if not transaction.sender_refused:
                # What our own server says of us is no destination's wish.
                self._hear(chunk, chunk.indices, replies)
            self._settle(chunk, chunk.indices, replies)

    def lost(
        self, transaction: Transaction, replies: Sequence[Reply], positions: Sequence[int]
    ) -> None:
        """See `Observer`.  There is no second mark: the doubt outlives this process."""
        chunk: Chunk = transaction.tag
        indices, undertaking = chunk.indices, chunk.undertaking
        with self._journal_lock:
            self._waiting.pop(chunk.number, None)
        with self.changed:
            held = undertaking.doubt(indices[position] for position in positions)
            known = [place for place, index in enumerate(indices) if index not in held]
            undertaking.outstanding -= len(held)
            self._settle(
                chunk, [indices[place] for place in known], [replies[place] for place in known]
            )

    def _is_left_to_others(self, chunk: Chunk) -> bool:
        """Whether a chunk that was not sent goes to a connection that works; so then it does."""
        undertaking = chunk.undertaking
        if chunk.returns >= _MOST_RETURNS or not self._connections.turned_away():
            return False
        undertaking.take_back(chunk)
        lane = self._lane(undertaking.delivery.lane)
        if undertaking not in lane:
            lane.appendleft(undertaking)
        self.changed.notify_all()
        return True

    def _lane(self, name: str) -> deque[Undertaking]:
        """The deliveries of a lane, which has its turn now if it had none."""
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = deque()
            self._turns.append(name)
        return lane

    def _next(self) -> Chunk | None:
        """The chunk whose turn it is."""
        reserve = self._reserve if self._paced_until > time.time() else None
        while self._turns:
            lane = self._turns[0]
            queue = self._lanes[lane]
            chunk = queue[0].take(reserve if queue[0].delivery.patient else None)
            if chunk is not None:
                self._turns.rotate(-1)
                return chunk
            self._finish(queue.popleft())
            if not queue:
                del self._lanes[lane]
                self._turns.popleft()
        return None

    def _transaction(self, chunk: Chunk) -> Transaction | None:
        """The envelope and content of a chunk; None if its copy cannot be made."""
        delivery, indices = chunk.undertaking.delivery, chunk.indices
        names = [delivery.recipients[index] for index in indices]
        if self._diverted_to:
            names = [self._diverted_to] * len(names)
        if delivery.copies is None:
            return Transaction(delivery.sender, names, delivery.content, chunk)
        try:
            sender, content = delivery.copies.copy(indices[0])
        except Exception as error:
            # The loop's last resort: this message goes aside, the others go out.
            with self.changed:
                chunk.undertaking.failure = error
                chunk.undertaking.outstanding -= 1
                self._finish(chunk.undertaking)
            return None
        return Transaction(sender, names, content, chunk, canonical=True)

    def _settle(self, chunk: Chunk, indices: Sequence[int], replies: Sequence[Reply]) -> None:
        """Some recipients have their outcome."""
        undertaking = chunk.undertaking
        if replies:
            undertaking.settle(indices, replies, chunk.batch, int(time.time()))
        undertaking.outstanding -= len(indices)
        if chunk.began:
            self._connections.took(time.monotonic() - chunk.began)
            self._adjust(0)
        self._finish(undertaking)

    def _finish(self, undertaking: Undertaking) -> None:
        """Hand in the result of a delivery, if all its recipients have had their turn."""
        if undertaking.exhausted and not undertaking.outstanding and not undertaking.finished:
            undertaking.finished = True
            self._done.append(undertaking.result())
            self._notify()

    def _adjust(self, stalled: int) -> None:
        """As many connections as replies are outstanding anyway, while one could be served."""
        if self._connections.adjust(stalled):
            self.changed.notify_all()
            self._notify()

    def _reserve(self, recipient: str) -> float:
        """When a recipient may be tried; 0.0 for now."""
        now = time.time()
        wait = self._pacer.reserve(domain_of(recipient), now)
        return now + wait if wait > 0 else 0.0

    def _hear(self, chunk: Chunk, indices: Sequence[int], replies: Sequence[Reply]) -> None:
        """Learn from replies which destinations want fewer messages."""
        now = time.time()
        if any(400 <= reply.code < 500 and reply.code != NO_REPLY for reply in replies):
            self._paced_until = now + _PACED_FOR
        elif now >= self._paced_until:
            return
        recipients = chunk.undertaking.delivery.recipients
        for index, reply in zip(indices, replies, strict=True):
            if reply.code != NO_REPLY:
                self._pacer.heard(domain_of(recipients[index]), reply, now)


def domain_of(address: str) -> str:
    """The destination of an address: its domain, lower-cased."""
    return address.rpartition("@")[2].lower()
