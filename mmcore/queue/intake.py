"""The intake log: accepted means durable, before the database knows of it.

An LMTP reply must not wait for a database commit (3 ms of CPU over all
processes, one per message on a single connection).  So the receiving process
appends each message with what is to become of it to a segment of the content
store, makes the segment durable, and answers; a thread of its own enters what
is in the log into the queues, many messages in one transaction.

That transaction also advances a mark in the database: how far each segment of
this log has been entered.  The mark and the entries are committed together, so
after a crash replaying from the mark enters every accepted message exactly once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from mmcore.database import Database, Session
from mmcore.queue.content import ContentStore
from mmcore.queue.mailroom import clean, entry_name
from mmcore.queue.segment import Buffer, read_records

log = logging.getLogger("mmcore.runner")

#: Entered in one transaction at most.
BATCH = 100

#: Pause between two transactions.
GATHER_SECONDS = 0.01


class Accepted(NamedTuple):
    """One durable record: where it ends, and the entries it stands for."""

    segment: str
    end: int
    content: str
    moment: float
    #: (queue, metadata) of each recipient.
    targets: list[tuple[str, dict]]


class IntakeLog:
    """The log of one LMTP runner: `append` and `sync` in its loop, a committer thread."""

    def __init__(self, database: Database, content: ContentStore, waker: Any) -> None:
        self.database = database
        self.content = content
        self.writer = content.writer
        self.waker = waker
        self._queue: SimpleQueue[Accepted | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()
        #: Set when the committer has nothing more to do (tests and shutdown wait for it).
        self.idle = threading.Event()
        self.idle.set()

    def append(self, pieces: Sequence[Buffer], targets: list[tuple[str, dict]]) -> Accepted:
        """Write a message, in pieces, to the log; not durable yet.

        `targets` are (queue, metadata) pairs of plain values; `received_time`
        is written as a POSIX timestamp.
        """
        moment = time.time()
        stored = [(queue, clean(msgdata)) for queue, msgdata in targets]
        meta = {"time": moment, "targets": stored}
        content, segment, end = self.content.append(meta, pieces)
        return Accepted(segment, end, content, moment, stored)

    def sync(self, accepted: list[Accepted]) -> None:
        """Make everything appended so far durable and have it entered."""
        self.content.sync()
        self.idle.clear()
        for record in accepted:
            self._queue.put(record)

    def recover(self) -> int:
        """Enter what a predecessor accepted and did not enter; returns how many messages."""
        session = self.database.session()
        try:
            ends = session.run(lambda site: site.intake.ends(self.writer))
            records = [
                record
                for path in self.content.segments()
                if path.name.startswith(f"{self.writer}.")
                for record in self._read(path, ends.get(path.name, 0))
            ]
            for start in range(0, len(records), BATCH):
                self._enter(session, records[start : start + BATCH])
        finally:
            session.close()
        if records:
            log.info("entered %d messages that were accepted before a crash", len(records))
        return len(records)

    @staticmethod
    def _read(path: Path, offset: int) -> list[Accepted]:
        return [
            Accepted(
                path.name,
                end,
                f"s:{path.name}:{begin}:{size}",
                meta["time"],
                [(queue, msgdata) for queue, msgdata in meta["targets"]],
            )
            for begin, end, meta, size in read_records(path, offset)
            if "targets" in meta
        ]

    def start(self) -> None:
        """Start the committer thread."""
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether the thread works: without it mail is accepted and goes nowhere."""
        return self._thread is not None and self._thread.is_alive()

    def stop(self) -> None:
        """Enter what is left, then end the thread.  What stays is entered at the next start."""
        self._stopping.set()
        self._queue.put(None)
        if self._thread is not None:
            self._thread.join(10)

    def _work(self) -> None:
        session = self.database.session()
        try:
            while True:
                records = self._take()
                if records is None:
                    return
                self._insist(session, records)
                # Under load more records share a transaction; an idle moment waits for nobody.
                self._stopping.wait(GATHER_SECONDS)
        finally:
            self.idle.set()
            session.close()

    def _take(self) -> list[Accepted] | None:
        """Wait for records; returns what there is, None at the end."""
        try:
            record = self._queue.get_nowait()
        except Empty:
            self.idle.set()
            record = self._queue.get()
        records = []
        while record is not None:
            records.append(record)
            if len(records) == BATCH:
                return records
            try:
                record = self._queue.get_nowait()
            except Empty:
                return records
        if records:
            self._queue.put(None)
            return records
        return None

    def _insist(self, session: Session, records: list[Accepted]) -> None:
        """Enter records however long it takes: they have been acknowledged."""
        delay = 0.1
        while True:
            try:
                self._enter(session, records)
                return
            except Exception as error:
                # There is nobody to hand this to: the senders have their 250.
                # The records are safe in the log, at the latest for the next start.
                log.warning("cannot enter %d accepted messages yet: %s", len(records), error)
                time.sleep(delay)
                delay = min(delay * 2, 5)

    def _enter(self, session: Session, records: list[Accepted]) -> None:
        def enter(site: Any) -> set[str]:
            ends = site.intake.ends(self.writer)
            if any(record.segment not in ends for record in records):
                self._forget_swept(ends)
            queues: set[str] = set()
            for record in records:
                # A commit that failed only seemingly has moved the mark.
                if record.end <= ends.get(record.segment, 0):
                    continue
                ends[record.segment] = record.end
                for number, (queue, msgdata) in enumerate(record.targets):
                    moment = record.moment + number * 1e-6
                    name = entry_name(record.content, msgdata.get("listid", ""), moment)
                    data = {**msgdata, "received_time": from_timestamp(msgdata["received_time"])}
                    site.queues[queue].create(name, record.content, None, data)
                    queues.add(queue)
            if queues:
                site.intake.advance(self.writer, ends)
            return queues

        for queue in session.run(enter, fresh=False):
            self.waker.wake(queue)

    def _forget_swept(self, ends: dict[str, int]) -> None:
        """Drop the ends of segments that do not exist any more."""
        existing = {path.name for path in self.content.segments()}
        for name in ends.keys() - existing:
            del ends[name]


def from_timestamp(moment: float) -> datetime:
    """A POSIX timestamp as the metadata has it: naive UTC."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)


def pending_segments(site: Any, content: ContentStore) -> set[str]:
    """Names of segments with accepted mail that is in no queue yet (for the sweeper).

    Also those without a mark: their first message may be on its way.
    """
    marks = dict(site.intake.items())
    pending = set()
    for path in content.segments():
        writer = path.name.split(".", 1)[0]
        if not writer.startswith("lmtp"):
            continue
        end = marks.get(writer, {}).get(path.name)
        if end is None or any(True for _ in read_records(path, end)):
            pending.add(path.name)
    return pending
