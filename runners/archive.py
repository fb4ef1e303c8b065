"""The archive runner: gives posts to the archivers of their lists.

Takes from: `archive`.
Calls: `mmcore/services/archive_jobs.py`, outside of any transaction; a journal on disk knows
which archiver has taken which post, so that after a crash it does not get it again.
Leaves in: `archive`, for an archiver that is away, in an entry of its own; `shunt` what an
archiver will never take; `out` what one wants to have mailed.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.interfaces.archiver import Mailing
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.mta.journal import Journal, Reply, read_marks
from mmcore.queue.intake import from_timestamp
from mmcore.services.archive_jobs import Archiving, Job, is_ahead, moment_of_entry
from mmcore.services.archivers import archived_list, archivers_in_use
from mmcore.services.tolerance import CANNOT_COPE
from runners.base import QueueRunner

log = logging.getLogger("mmcore.archiver")

#: Entries, and bytes of messages, that are taken before the results are committed.
BATCH_ENTRIES = 40
BATCH_BYTES = 20_000_000
#: Seconds that a call still has when the runner is told to stop.
FAREWELL_SECONDS = 5.0
#: While posts wait for an archiver, the clock is looked at so often.
WAIT_SECONDS = 1.0

_TAKEN = Reply(250)


@runner
class ArchiveRunner(QueueRunner):
    """See `IRunner`."""

    name = "archive"
    queue = "archive"

    def open(self) -> None:
        """See `Runner`.  What waits for an archiver has its turn at once."""
        super().open()
        self.archiving = Archiving(self.engine, self.should_stop)
        self._stopped_at = 0.0
        path = self.settings.paths.ledger_dir / f"archive-{self.slice}.journal"
        self.journal = self.insist(lambda: Journal(path), f"cannot write {path}")
        # Also what other instances noted, if their number was changed.
        self._done = {key for each in path.parent.glob("archive-*.journal") for key in _done(each)}
        switchboard = self.session.begin().queues[self.queue]
        try:
            self._find_lanes(switchboard)
            gone = [
                key for key in set(self.journal.keys()) if switchboard.get(key.split()[0]) is None
            ]
        finally:
            self.session.abort()
        self.forget(gone)

    def _find_lanes(self, switchboard: Any) -> None:
        """Put the entries that wait for one archiver back into its lane."""
        for name in switchboard.names(self.slice, self.range):
            if is_ahead(name):
                try:
                    archivers = switchboard.get(name).msgdata().get("archivers") or [""]
                except POSKeyError:
                    # Set aside when its turn comes, in whichever lane that is.
                    archivers = [""]
                self.archiving.lane(archivers[0]).add(name)

    def close(self) -> None:
        """See `Runner`."""
        self.journal.close()
        super().close()

    def should_stop(self) -> bool:
        """Whether a call is not waited for any longer."""
        if not self.stopping:
            return False
        self._stopped_at = self._stopped_at or time.monotonic()
        return time.monotonic() - self._stopped_at > FAREWELL_SECONDS

    def wait(self, seconds: float) -> None:
        """See `Runner`."""
        waiting = any(len(lane) for lane in self.archiving.lanes.values())
        super().wait(min(seconds, WAIT_SECONDS) if waiting else seconds)

    def iterate(self) -> bool:
        """Give a batch of posts to their archivers, then write down who has taken what."""
        self.gather()
        jobs = self.prepare()
        self.worked(len(jobs), BATCH_ENTRIES)
        if not jobs:
            return False
        self.archiving.carry_out(jobs, self.is_done, self.done)
        self.session.run(lambda site: self.write_down(site, jobs))
        self.settle(jobs)
        return True

    def prepare(self) -> list[Job]:
        """Read a batch of entries; what cannot be read is set aside."""
        waiting = {
            name: archiver
            for archiver, lane in self.archiving.lanes.items()
            for name in lane.next(BATCH_ENTRIES)
        }
        jobs: list[Job] = []
        failures: list[tuple[str, Exception]] = []
        gone: set[str] = set()
        site = self.session.begin()
        try:
            switchboard = site.queues[self.queue]
            new = switchboard.names(self.slice, self.range, BATCH_ENTRIES)
            size = 0
            for name in dict.fromkeys([*waiting, *(each for each in new if not is_ahead(each))]):
                entry = switchboard.get(name)
                if entry is None:
                    gone.add(name)
                    continue
                try:
                    job = self.job(site, name, entry)
                except (UnreadableEntryError, *CANNOT_COPE) as error:
                    failures.append((name, error))
                    continue
                job.waits = job.archivers == [waiting.get(name)]
                jobs.append(job)
                size += job.msg.original_size
                if size >= BATCH_BYTES:
                    break
        finally:
            self.session.abort()
        self.archiving.drop(gone)
        for name, failure in failures:
            self.set_aside(name, failure)
        return jobs

    def job(self, site: Any, name: str, entry: Any) -> Job:
        """What is to be done for an entry.

        Raises UnreadableEntryError, and LookupError if its list does not exist any more.
        """
        try:
            msg, msgdata = self.engine.mailroom(site).load(entry)
        except POSKeyError as error:
            raise UnreadableEntryError(f"entry: {error}") from error
        mlist = site.lists.get(msgdata.get("listid") or msgdata.get("listname") or "")
        if mlist is None:
            raise LookupError(f"there is no list {msgdata.get('listid')!r}")
        in_use = archivers_in_use(self.engine, mlist)
        archivers = [each for each in msgdata.get("archivers", in_use) if each in in_use]
        received = msgdata.get("received_time")
        if received is None:
            received = from_timestamp(min(moment_of_entry(name), time.time()))
        return Job(
            name, entry.content, archived_list(mlist), msg, received, archivers,
            faults=msgdata.get("archive_faults", 0),
        )  # fmt: skip

    def write_down(self, site: Any, jobs: list[Job]) -> None:
        """Commit what became of a batch.  Safe to repeat."""
        switchboard = site.queues[self.queue]
        for job in jobs:
            entry = switchboard.get(job.name)
            if entry is None or job.stays:
                continue
            for mailing in job.taken.values():
                if mailing is not None:
                    self.mail(site, job, mailing)
            for rest in job.rests.values():
                content = self.keep(entry.content) if rest.queue == "shunt" else entry.content
                data = {**entry.msgdata(), **rest.data}
                site.queues[rest.queue].create(rest.entry, content, entry.header, data)
            switchboard.remove(job.name)

    def mail(self, site: Any, job: Job, mailing: Mailing) -> None:
        """Send what an archiver wants sent: as it is, without header and footer."""
        self.engine.mailroom(site).enqueue(
            "out",
            mailing.msg,
            listid=job.mlist.list_id,
            recipients=list(mailing.recipients),
            nodecorate=True,
        )

    def settle(self, jobs: list[Job]) -> None:
        """What is written down is done; the rest waits."""
        self.archiving.drop({job.name for job in jobs if not job.stays})
        for job in jobs:
            for archiver, rest in job.rests.items():
                if rest.queue == self.queue:
                    self.archiving.lane(archiver).add(rest.entry, has_failed=rest.has_failed)
            if job.taken:
                log.info("%s is archived by %s", job.label, ", ".join(job.taken))
        self.forget([_key(job.name, archiver) for job in jobs for archiver in job.taken])

    def is_done(self, entry: str, archiver: str) -> bool:
        """Whether the archiver took the entry before something went wrong."""
        return _key(entry, archiver) in self._done

    def done(self, entry: str, archiver: str) -> None:
        """Note at once that the archiver has taken it."""
        key = _key(entry, archiver)
        self._done.add(key)
        # Without the note, it gets the post twice if we die now: that is all.
        with suppress(OSError):
            number = self.journal.begin(key)
            self.journal.started(number, 1, [0])
            self.journal.finished(number, 1, [_TAKEN])

    def forget(self, keys: list[str]) -> None:
        """Drop notes that the database has no use for any more."""
        self._done.difference_update(keys)
        with suppress(OSError):
            self.journal.forget(keys)


def _key(entry: str, archiver: str) -> str:
    return f"{entry} {archiver}"


def _done(path: Path) -> set[str]:
    """What a journal says has been taken."""
    return {key for key, marks in read_marks(path).items() if marks.done}
