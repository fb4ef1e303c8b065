"""The outgoing runner: delivers over SMTP (RFC 5321).

Takes from: `out`.
Calls: `mmcore/mta/scheduling.py` and `mmcore/mta/pool.py`, outside of any transaction; a journal
on disk knows of every SMTP transaction that was begun or ended, so that after a crash only the
one in flight of each connection is in doubt.
Leaves in: the delivery ledger; `retry` for what failed for now; bounce events for what failed for
good; `shunt` for what is in doubt, if the site wants to decide about that itself.

New entries are taken while others are on their way, so nobody waits for the end of a long one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from transaction.interfaces import TransientError
from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.errors import StorageUnavailableError
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.mta.deliver import Delivery, Result, Transport, is_final
from mmcore.mta.inheritance import inherit
from mmcore.mta.job import Job, report
from mmcore.mta.journal import Journal
from mmcore.mta.maildir import MaildirTransport
from mmcore.mta.pool import Pool
from mmcore.mta.scheduling import Scheduler
from mmcore.mta.smtp import SMTPTransport
from mmcore.pipelines.finishing import depart
from mmcore.queue.address_lines import AddressLines
from mmcore.services.tolerance import CANNOT_COPE
from runners.admission import BATCH_ENTRIES, Admission, lane_of
from runners.base import QueueRunner
from runners.memory import return_large_blocks
from runners.settlement import Settlement, move_to_retry

log = logging.getLogger("mmcore.smtp")

#: Ways out, by the setting `[mta] outgoing`.
TRANSPORTS: dict[str, Callable[[Any], Transport]] = {
    "smtp": SMTPTransport,
    "maildir": MaildirTransport,
}

#: While something is on its way the number of connections is thought about so often (seconds).
_REVIEW_EVERY = 0.25

#: A message for more recipients leaves nothing in the cache.
_MANY = 10_000


@runner
class OutgoingRunner(QueueRunner):
    """See `IRunner`."""

    name = "out"
    queue = "out"

    def open(self) -> None:
        """See `Runner`.  What the journal says of entries that are gone is forgotten."""
        super().open()
        return_large_blocks()
        assert self.alarm is not None
        self.path = self.settings.paths.ledger_dir / f"out-{self.slice}.journal"
        # Until there is room on the disk: who ends too often is not started again.
        self.journal = self.insist(
            lambda: Journal(self.path, in_background=True), f"cannot write {self.path}"
        )
        site = self.session.begin()
        names = site.queues[self.queue].names(self.slice, self.range)
        inherit(self.journal, self.path, set(names))
        self.recall(site)
        self.session.abort()
        self.jobs: dict[str, Job] = {}
        self.admission = Admission(self.slice, self.range)
        self.unsettled: list[tuple[Job, Result]] = []
        self.settlement = Settlement(self)
        ring = self.alarm.ring
        self.scheduler = Scheduler(self.journal, self.settings, ring)
        mta = self.settings.mta
        make = TRANSPORTS[mta.outgoing]
        self.pool = Pool(
            lambda: make(self.settings), self.scheduler, mta.max_delivery_threads, ring
        )

    def recall(self, site: Any) -> None:
        """Look at what a predecessor left in the journal; say whom it leaves in doubt."""
        switchboard = site.queues[self.queue]
        known = self.journal.load()
        gone = []
        for name, marks in known.items():
            entry = switchboard.get(name)
            if entry is None:
                gone.append(name)
            elif marks.in_doubt:
                try:
                    msg, msgdata = self.engine.mailroom(site).load(entry)
                except (POSKeyError, UnreadableEntryError):
                    # It is set aside when its turn comes.
                    continue
                recipients = msgdata.get("recipients", ())
                log.warning(
                    "in doubt: %s for %s",
                    msg["message-id"],
                    ", ".join(recipients[index] for index in sorted(marks.in_doubt)),
                )
        self.journal.forget(gone)

    def close(self) -> None:
        """See `Runner`.  What was done until now is written down, if that is possible."""
        self.scheduler.stop()
        self.pool.close()
        try:
            self.settle()
        except (TransientError, StorageUnavailableError) as error:
            log.warning("what was delivered last is in the journal only: %s", error)
        self.scheduler.close()
        super().close()

    def iterate(self) -> bool:
        """Write down what is done, take what is new; true while anything is on its way."""
        self.gather()
        if self.jobs:
            # Here, since below anything may have to wait for the storage.
            self.scheduler.review()
        self.pool.tend()
        settled = self.settle()
        admitted = 0 if self.stopping else self.admit()
        if self.jobs and not settled and not admitted and not self.admission.more:
            self.wait(_REVIEW_EVERY)
        return bool(self.jobs or settled or admitted)

    def settle(self) -> int:
        """Commit what became of deliveries that are done; returns how many there were."""
        for result in self.scheduler.finished_deliveries():
            self.unsettled.append((self.jobs[result.key], result))
        if not self.unsettled:
            return 0
        finished = self.unsettled
        for job, _ in finished:
            # There may be a hundred thousand of them, and what is written down takes memory too.
            job.delivery.copies = None
        self.write_down(finished)
        self.unsettled = []
        self.settlement.forget(job.name for job, _ in finished)
        self.scheduler.forget([job.name for job, _ in finished])
        for job, result in finished:
            del self.jobs[job.name]
            self.admission.left(job)
            report(job, result)
        self.worked(len(finished), BATCH_ENTRIES)
        return len(finished)

    def write_down(self, finished: list[tuple[Job, Result]]) -> None:
        """Commit results; an entry whose result cannot be written down is set aside."""
        try:
            self.session.run(lambda site: self.settlement.write_down(site, finished))
        except CANNOT_COPE as error:
            if len(finished) > 1:
                for each in finished:
                    self.write_down([each])
            else:
                # Else all others would wait for it for ever.
                self.set_aside(finished[0][0].name, error)

    def admit(self) -> int:
        """Take entries from the queue; what cannot be prepared is set aside.

        Returns how many were looked at.
        """
        site = self.session.begin()
        failures: list[tuple[str, Exception]] = []
        early: list[tuple[str, float]] = []
        count = 0
        try:
            for name, entry in self.admission.candidates(site.queues[self.queue]):
                try:
                    if due := self.admission.not_before(entry):
                        early.append((name, due))
                        continue
                    job = self.job(site, entry)
                except TransientError:
                    # The storage's fault, which passes, and not the entry's.
                    raise
                except Exception as error:
                    # The loop's last resort: this entry goes aside, the others go out.
                    failures.append((name, error))
                    continue
                self.take_on(job)
                count += 1
                if self.admission.full:
                    break
        finally:
            self.session.abort()
        if any(len(job.delivery.recipients) > _MANY for job in self.jobs.values()) and count:
            # What led to the names of so many will not be asked for again soon.
            self.session.connection.cacheMinimize()
        for name, failure in failures:
            self.set_aside(name, failure)
        if early:
            self.session.run(lambda site: move_to_retry(self.engine, site, early))
        self.worked(count, BATCH_ENTRIES)
        return count + len(failures) + len(early)

    def take_on(self, job: Job) -> None:
        """Have a job done; raises OSError if the journal cannot be read."""
        self.admission.entered(job)
        self.jobs[job.name] = job
        self.scheduler.add(job.delivery)
        self.pool.tend()

    def left_of(self, name: str, msgdata: dict) -> dict:
        """See `QueueRunner`: an attempt that ended early may have reached some already."""
        marks = self.scheduler.recall(name)
        if marks is None or "recipients" not in msgdata:
            return msgdata
        settled = {index for index, reply in marks.done.items() if is_final(reply)}
        recipients = [
            email for index, email in enumerate(msgdata["recipients"]) if index not in settled
        ]
        return {**msgdata, "recipients": recipients}

    def job(self, site: Any, entry: Any) -> Job:
        """What is to be sent for an entry."""
        mailroom = self.engine.mailroom(site)
        try:
            msg, msgdata = mailroom.load(entry)
        except POSKeyError as error:
            raise UnreadableEntryError(f"entry: {error}") from error
        mlist = site.lists.get(msgdata.get("listid") or "")
        list_id = "" if mlist is None else mlist.list_id
        leaving = depart(self.engine, mlist, msg, msgdata)
        recipients = leaving.recipients
        if not isinstance(recipients, (AddressLines, tuple)):
            recipients = tuple(recipients)
        until = msgdata.get("deliver_until")
        delivery = Delivery(
            entry.name,
            leaving.sender,
            recipients,
            leaving.content,
            leaving.copies,
            lane_of(entry),
            # The last time they are tried: else some could wait for ever.
            patient=until is None or time.time() < until,
        )
        return Job(
            entry.name,
            delivery,
            str(msg["message-id"] or ""),
            list_id,
            str(msg["subject"] or ""),
            str(msgdata.get("probe_token") or ""),
            msg.original_size + len(leaving.content),
        )
