"""Giving posts to archivers, and what becomes of those that are not taken.

Nothing here touches the database: the archive runner reads posts before and writes the results
down afterwards.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mmcore.interfaces.archiver import Mailing, MessageRefusedError
from mmcore.queue.mailroom import entry_name
from mmcore.services.archive_lanes import Lane
from mmcore.services.archiver_calls import caller_of, in_words
from mmcore.services.archivers import ArchivedList
from mmcore.services.archiving import copy_for

log = logging.getLogger("mmcore.archiver")

#: Seconds that one archiver may take of a batch: what is left then stands in its lane.
BATCH_SECONDS = 5.0
#: Seconds that an archiver may take for a message.
CALL_SECONDS = 60.0
#: An entry that waits is named for a time so many seconds ahead.
AHEAD = 2 * 86400.0
#: So often a message may fail while others do not.
MOST_FAULTS = 5


@dataclass
class Rest:
    """What is left to do for one archiver: an entry of its own."""

    queue: str
    entry: str
    data: dict[str, Any]
    has_failed: bool


@dataclass
class Job:
    """One entry: plain values, since it outlives the transaction in which it was read."""

    name: str
    content: str
    mlist: ArchivedList
    msg: Any
    received: datetime
    #: Names of the archivers that have still to get it.
    archivers: list[str]
    faults: int = 0
    #: Whether its entry is one of those that wait in a lane.
    waits: bool = False
    taken: dict[str, Mailing | None] = field(default_factory=dict)
    rests: dict[str, Rest] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """What the log says of it."""
        message_id = " ".join(str(self.msg.get("message-id", "n/a")).split())
        return f"{message_id:.200} of {self.mlist.list_id}"

    @property
    def stays(self) -> bool:
        """Whether the entry stays as it is: nothing was tried."""
        return self.waits and not self.taken and not self.rests

    def rest(self, archiver: str, **data: Any) -> None:
        """Leave it for the archiver later, or for humans if the data has a `shunt_error`."""
        shunted = "shunt_error" in data
        moment = time.time() + (0.0 if shunted else AHEAD)
        self.rests[archiver] = Rest(
            "shunt" if shunted else "archive",
            # Made up here and not when it is written down, which may be done twice.
            entry_name(self.content, f"{self.name} {archiver}", moment),
            {"archivers": [archiver], "received_time": self.received, **data},
            bool(data),
        )


def is_ahead(entry: str) -> bool:
    """Whether the entry of this name waits in a lane.

    Half of the time that it is ahead of: then its turn has come, whatever its lane says.  And a
    new entry stays a new one if the clock is set back.
    """
    return moment_of_entry(entry) > time.time() + AHEAD / 2


def moment_of_entry(entry: str) -> float:
    """The time in the name of an entry."""
    try:
        return float(entry.partition("+")[0])
    except ValueError:
        return 0.0


class Archiving:
    """Gives posts to archivers; knows how each of them is doing."""

    def __init__(self, engine: Any, should_stop: Callable[[], bool]) -> None:
        """`should_stop` says whether not to wait for an archiver any longer."""
        self.engine = engine
        self.should_stop = should_stop
        self.lanes: dict[str, Lane] = {}

    def lane(self, archiver: str) -> Lane:
        """The lane of the archiver of this name."""
        return self.lanes.setdefault(archiver, Lane())

    def drop(self, entries: Collection[str]) -> None:
        """Have entries wait in no lane any more."""
        for lane in self.lanes.values():
            if entries:
                lane.drop(entries)

    def carry_out(
        self,
        jobs: list[Job],
        is_done: Callable[[str, str], bool],
        done: Callable[[str, str], None],
    ) -> None:
        """Give each post to each of its archivers, as far as they take it.

        `is_done(entry, archiver)` says whether one has it already; `done` is called when one has
        taken it.
        """
        for archiver in sorted({name for job in jobs for name in job.archivers}):
            until = time.monotonic() + BATCH_SECONDS
            lane = self.lane(archiver)
            for job in jobs:
                if archiver not in job.archivers:
                    continue
                if is_done(job.name, archiver):
                    job.taken[archiver] = None
                elif time.monotonic() < until and self._has_turn(lane, job):
                    self._attempt(archiver, lane, job, done)
                elif not job.waits:
                    job.rest(archiver)

    def _has_turn(self, lane: Lane, job: Job) -> bool:
        if self.should_stop():
            return False
        # What waits was taken out of the lane for its turn; what is new goes behind the others.
        return not (lane.is_resting if job.waits else lane.has_queue)

    def _attempt(self, name: str, lane: Lane, job: Job, done: Callable[[str, str], None]) -> None:
        archiver = self.engine.archivers[name]
        copied = copy_for(self.engine.settings, name, job.msg, job.received)
        answer = caller_of(archiver).call(
            CALL_SECONDS, self.should_stop, archiver.archive_message, job.mlist, copied
        )
        at_fault = lane.is_at_fault(job.name)
        if answer.error is None:
            lane.worked()
            job.taken[name] = answer.value
            # What is to be mailed is mailed in the transaction that takes the entry away.
            if answer.value is None:
                done(job.name, name)
            return
        problem = in_words(answer.error)
        faults = job.faults + at_fault
        what = f"archiver {name}: {job.label}"
        if isinstance(answer.error, MessageRefusedError) or faults > MOST_FAULTS:
            log.error("%s is given up and goes to shunt: %s", what, problem)
            error = f"archiver {name}: {problem}"
            job.rest(name, whichq="archive", shunt_error=error, archive_faults=0)
            return
        pause = lane.failed()
        log.warning(
            "%s was not taken, %d more wait, next try in %.0f s: %s",
            what, len(lane) - job.waits, pause, problem,
        )  # fmt: skip
        job.rest(name, archive_faults=faults)
