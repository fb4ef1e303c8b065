"""The outgoing runner: delivers over SMTP (RFC 5321).

Takes from: `out`.
Calls: `mmcore/mta/deliver.py`, outside of any transaction; a journal on disk
knows of every SMTP transaction that was begun or ended, so that after a crash
only the one in flight is in doubt.
Leaves in: the delivery ledger; `retry` for what failed for now; bounce events
for what failed for good; `shunt` for what is in doubt, if the site wants to
decide about that itself.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from typing import Any

from transaction.interfaces import TransientError
from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.mta.deliver import Delivery, Result, Transport, deliver, is_final
from mmcore.mta.inheritance import inherit
from mmcore.mta.job import Job, report
from mmcore.mta.journal import Journal, Reply
from mmcore.mta.ledger import fold
from mmcore.mta.maildir import MaildirTransport
from mmcore.mta.smtp import SMTPTransport
from mmcore.pipelines.finishing import depart
from mmcore.queue.mailroom import entry_name
from runners.base import QueueRunner

log = logging.getLogger("mmcore.smtp")

#: Entries, and recipients in all, that are delivered before the results are committed.
BATCH_ENTRIES = 40
BATCH_RECIPIENTS = 20_000

#: Ways out, by the setting `[mta] outgoing`.
TRANSPORTS: dict[str, Callable[[Any], Transport]] = {
    "smtp": SMTPTransport,
    "maildir": MaildirTransport,
}

#: An unused connection is closed after so many seconds: servers do the same.
IDLE_SECONDS = 5.0


@runner
class OutgoingRunner(QueueRunner):
    """See `IRunner`."""

    name = "out"
    queue = "out"

    def open(self) -> None:
        """See `Runner`.  What the journal says of entries that are gone is forgotten."""
        super().open()
        self.path = self.settings.paths.ledger_dir / f"out-{self.slice}.journal"
        self.journal = Journal(self.path)
        site = self.session.begin()
        inherit(
            self.journal, self.path, set(site.queues[self.queue].names(self.slice, self.range))
        )
        self.recall(site)
        self.session.abort()
        self.transport: Transport = TRANSPORTS[self.settings.mta.outgoing](self.settings)
        self._used_at = time.monotonic()

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
        self.forget(gone)

    def forget(self, names: list[str]) -> None:
        """Drop from the journal what the database knows, or has not any more.

        The file is emptied only if nothing else is in it: there may be marks of
        entries that were not in this batch (inherited ones; others that sort
        before what was on its way, after the clock was set back).
        """
        if set(self.journal.keys()) <= set(names):
            self.journal.clear()
        else:
            self.journal.forget(names)

    def close(self) -> None:
        """See `Runner`."""
        self.transport.close()
        self.journal.close()
        super().close()

    def iterate(self) -> bool:
        """Deliver a batch of entries, then write down what became of them."""
        self.gather()
        jobs = self.prepare()
        self.worked(len(jobs), BATCH_ENTRIES)
        if not jobs:
            return False
        results = deliver(
            [job.delivery for job in jobs],
            self.transport,
            self.journal,
            self.settings,
            lambda: self.stopping,
        )
        self._used_at = time.monotonic()
        by_key = {job.name: job for job in jobs}
        finished = [(by_key[result.key], result) for result in results if not result.unattempted]
        self.session.run(lambda site: self.write_down(site, finished))
        self.forget([job.name for job, _ in finished])
        for job, result in finished:
            report(job, result)
        return True

    def wait(self, seconds: float) -> None:
        """See `Runner`; an idle connection is not kept for long."""
        if time.monotonic() - self._used_at > IDLE_SECONDS:
            self.transport.close()
        super().wait(min(seconds, IDLE_SECONDS))

    def prepare(self) -> list[Job]:
        """Read a batch of entries; what cannot be prepared is set aside."""
        site = self.session.begin()
        jobs: list[Job] = []
        failures: list[tuple[str, Exception]] = []
        try:
            switchboard = site.queues[self.queue]
            recipients = 0
            for name, entry in switchboard.take(self.slice, self.range, BATCH_ENTRIES):
                try:
                    job = self.job(site, entry)
                except TransientError:
                    # The storage's fault, which passes, and not the entry's.
                    raise
                except Exception as error:
                    # The loop's last resort: this entry goes aside, the others go out.
                    failures.append((name, error))
                    continue
                jobs.append(job)
                recipients += len(job.delivery.recipients)
                if recipients >= BATCH_RECIPIENTS:
                    break
        finally:
            self.session.abort()
        for name, failure in failures:
            self.set_aside(name, failure)
        return jobs

    def left_of(self, name: str, msgdata: dict) -> dict:
        """See `QueueRunner`: an attempt that ended early may have reached some already."""
        marks = self.journal.recall(name)
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
        delivery = Delivery(entry.name, leaving.sender, leaving.recipients, leaving.content)
        return Job(entry.name, delivery, str(msg["message-id"] or ""), list_id)

    def write_down(self, site: Any, finished: list[tuple[Job, Result]]) -> None:
        """Commit what became of deliveries.  Safe to repeat."""
        switchboard = site.queues[self.queue]
        for job, result in finished:
            entry = switchboard.get(job.name)
            if entry is None:
                continue
            self.give_up(job, result, entry)
            states = fold(result, len(job.delivery.recipients))
            site.deliveries.record(job.name, job.message_id, job.list_id, entry.recipients, states)
            for index, reply in result.permanent.items():
                self.bounced(site, job, job.delivery.recipients[index], reply)
            if result.temporary:
                self.try_later(site, job, result, entry)
            if result.in_doubt:
                self.ask_humans(site, job, result, entry)
            switchboard.remove(job.name)

    def give_up(self, job: Job, result: Result, entry: Any) -> None:
        """What has failed for too long has failed for good."""
        if not result.temporary:
            # Nearly always; metadata is copied with all its recipients.
            return
        until = entry.msgdata().get("deliver_until")
        if until is not None and time.time() >= until:
            log.warning("%s given up for %d recipients", job.message_id, len(result.temporary))
            result.permanent.update(result.temporary)
            result.temporary.clear()

    def bounced(self, site: Any, job: Job, recipient: str, reply: Reply) -> None:
        """Note a recipient that will not get the message."""
        if job.list_id:
            site.bounce_events.add(
                job.list_id,
                recipient,
                "normal",
                message_id=job.message_id,
                code=reply.code,
                enhanced=reply.enhanced,
                text=reply.text,
            )

    def try_later(self, site: Any, job: Job, result: Result, entry: Any) -> None:
        """Put recipients that failed for now into `retry`: exponential, with jitter."""
        wanted = self.settings.mta
        msgdata = entry.msgdata()
        count = msgdata.get("retry_count", 0)
        # Up to a power that no duration overflows with, however long a site tries.
        delay = min(wanted.retry_first * 2 ** min(count, 20), wanted.retry_max)
        now = time.time()
        msgdata.update(
            recipients=[job.delivery.recipients[index] for index in sorted(result.temporary)],
            retry_count=count + 1,
        )
        msgdata.setdefault("deliver_until", now + wanted.delivery_retry_period.total_seconds())
        due = now + (delay * random.uniform(0.9, 1.1)).total_seconds()
        name = entry_name(entry.content, job.name, due)
        site.queues["retry"].create(name, entry.content, entry.header, msgdata)
        self.engine.mailroom(site).announce("retry")

    def ask_humans(self, site: Any, job: Job, result: Result, entry: Any) -> None:
        """Put recipients who may have got the message or not into `shunt`."""
        msgdata = entry.msgdata()
        msgdata.update(
            recipients=[job.delivery.recipients[index] for index in result.in_doubt],
            whichq="out",
            shunt_error="in doubt: the process ended between the end of the message "
            "and the reply; unshunt to send again, or discard",
        )
        name = entry_name(entry.content, job.name)
        content = self.keep(entry.content)
        site.queues["shunt"].create(name, content, entry.header, msgdata)
