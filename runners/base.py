"""The loop that all runners share: signals, waiting, batches, and the shunt.

A runner never loses what it cannot process: an entry whose message or
metadata cannot be read goes to the queue `bad` as it is, one that makes the
engine fail goes to `shunt` with the reason, the traceback and the queue it
came from.
"""

from __future__ import annotations

import logging
import os
import platform
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar, TypeVar

from transaction.interfaces import TransientError
from ZODB.POSException import POSKeyError
from zope.interface import implementer

from i18n import using
from mmcore import __version__, logs
from mmcore.app import Engine, compose, open_site
from mmcore.config import Settings
from mmcore.database import Database, Session
from mmcore.errors import MMCoreError, StorageUnavailableError
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.interfaces.runner import IRunner
from mmcore.queue.batch import Batch
from mmcore.queue.wakeup import Alarm
from mmcore.services.languages import working_language

log = logging.getLogger("mmcore.runner")

#: How far apart batches are kept that are not full.  The message of a quiet moment
#: does not wait; at 250 messages a second five share a transaction instead of two.
GATHER_SECONDS = 0.02

#: Signals that stop a runner; the exit status is their number.
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)

#: Seconds between two attempts to listen on an address that cannot be had.
LISTEN_EVERY = 1.0

T = TypeVar("T")


class CannotListenError(MMCoreError):
    """The runner was told to stop before it had what it needs, such as its address."""


@implementer(IRunner)
class Runner:
    """A process that is told when to stop, and does something until then."""

    name: ClassVar[str]
    queue: ClassVar[str | None] = None

    #: Set by whatever opens the runner.
    database: Database
    session: Session
    engine: Engine

    def __init__(self, settings: Settings, slice_: int = 0, range_: int = 1) -> None:
        """`slice_` of `range_` is this instance's part of the hash space."""
        self.settings = settings
        self.slice = slice_
        self.range = range_
        self.status = 0
        self.stopping = False
        self._reopen = False
        self.alarm: Alarm | None = None

    @property
    def label(self) -> str:
        """`name-slice`: tells this instance from all others."""
        return f"{self.name}-{self.slice}"

    def run(self) -> int:
        """See `IRunner`."""
        self._watch_signals()
        try:
            self.open()
        except (StorageUnavailableError, CannotListenError) as error:
            log.error("%s: %s", self.label, error)
            return self.status or 1
        try:
            self.settings.report_ready(self.name)
            log.info("%s started", self.label)
            while not self.stopping:
                if not self._iterate() and not self.stopping:
                    self.wait(self.settings.runners[self.name].sleep_time.total_seconds())
        finally:
            self.close()
            log.info("%s stopped", self.label)
        return self.status

    def _iterate(self) -> bool:
        try:
            return self.iterate()
        except (StorageUnavailableError, TransientError) as error:
            log.warning("%s: the storage is in trouble, nothing is lost: %s", self.label, error)
            self.wait(0.2)
            return True

    def _watch_signals(self) -> None:
        for signum in STOPPING:
            signal.signal(signum, lambda number, frame: self.stop(number))
        signal.signal(signal.SIGHUP, self._hang_up)

    def _hang_up(self, number: int, frame: Any) -> None:
        # The handler may have interrupted a write to the very log file.
        self._reopen = True

    def stop(self, status: int = 0) -> None:
        """See `IRunner`."""
        self.status = status
        self.stopping = True

    def open(self) -> None:
        """Open the database and build the engine."""
        socket = None
        if self.queue is not None:
            socket = self.settings.paths.run_dir / f"{self.queue}.{self.slice}.sock"
        self.database = open_site(self.settings)
        self.session = self.database.session()
        self.engine = compose(self.settings, self.label, self.database)
        self.alarm = Alarm(socket)
        self.alarm.watch_signals()

    def close(self) -> None:
        """Close everything."""
        if self.alarm is not None:
            self.alarm.close()
        self.session.close()
        self.engine.close()
        self.database.close()

    def wait(self, seconds: float) -> None:
        """Wait for work, for a time at most, or for a signal."""
        assert self.alarm is not None
        self.alarm.wait(seconds)
        if self._reopen:
            self._reopen = False
            logs.reopen()
            log.info("%s has reopened its log files", self.label)

    def listen(self, bind: Callable[[], T], where: str) -> T:
        """`insist` on an address: whoever holds it may end at any time."""
        return self.insist(bind, f"cannot listen on {where}")

    def insist(self, action: Callable[[], T], complaint: str) -> T:
        """Call `action` until it raises no OSError; says once, also to the user, if it does.

        Raises CannotListenError when the runner is told to stop meanwhile.
        """
        complained = False
        while True:
            try:
                return action()
            except OSError as error:
                problem = f"{complaint}: {error}"
                if self.stopping:
                    raise CannotListenError(problem) from error
                if not complained:
                    log.error("%s %s; trying on", self.label, problem)
                    # It may be a file on the disk that is full.
                    with suppress(OSError):
                        print(f"{self.name}: {problem}; trying on", file=sys.stderr, flush=True)
                complained = True
                self.wait(LISTEN_EVERY)

    def iterate(self) -> bool:
        """Do one step of work; returns whether to go on without waiting."""
        raise TypeError(f"{type(self).__name__} has to say what it does")


class QueueRunner(Runner):
    """A runner that empties a queue."""

    queue: ClassVar[str]
    batch: Batch
    _not_before = 0.0

    def open(self) -> None:
        """See `Runner`."""
        super().open()
        self.batch = Batch(
            self.session, self.queue, self.process, self.set_aside, self.slice, self.range
        )

    def iterate(self) -> bool:
        """One batch, not too soon after one that was not full."""
        self.gather()
        count = self.batch.step(lambda: self.stopping)
        self.worked(count, self.batch.entries)
        return count > 0

    def gather(self) -> None:
        """Under load, let some entries come together: a transaction costs more than they do.

        After a pause nothing is waited for, so a single message is not delayed.
        """
        pause = self._not_before - time.monotonic()
        if pause > 0:
            time.sleep(pause)

    def worked(self, count: int, limit: int) -> None:
        """Say how many entries a batch had, and how many it could have had."""
        if 0 < count < limit:
            self._not_before = time.monotonic() + GATHER_SECONDS

    def process(self, site: Any, entry: Any) -> None:
        """Do one entry's work within the current transaction and take it out."""
        mailroom = self.engine.mailroom(site)
        try:
            msg, msgdata = mailroom.load(entry)
        except POSKeyError as error:
            # Only this: other faults of the storage pass, a missing object does not.
            raise UnreadableEntryError(f"entry: {error}") from error
        mlist = site.lists.get(msgdata.get("listid") or msgdata.get("listname") or "")
        if mlist is None and self.needs_list(msgdata):
            log.error("%s: no list %r, shunting %s", self.name, msgdata.get("listid"), entry.name)
            why = f"there is no list {msgdata.get('listid')!r}"
            # A notice that came back to `in` would be a post.
            mailroom.enqueue("shunt", msg, msgdata, shunt_error=why, whichq=self.queue)
        else:
            msgdata["lang"] = language = working_language(self.settings, mlist, msg)
            with using(language):
                again = self.dispose(mlist, msg, msgdata)
            if again:
                mailroom.enqueue(self.queue, msg, msgdata)
        site.queues[self.queue].remove(entry.name)

    def needs_list(self, msgdata: dict) -> bool:
        """Whether an entry without a list cannot be processed."""
        return True

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """Process a message; true puts it back into the queue as it is now."""
        raise TypeError(f"{type(self).__name__} has to say what it does")

    def set_aside(self, name: str, error: Exception) -> None:
        """Move an entry that cannot be processed out of the way, for humans."""
        where = "bad" if isinstance(error, UnreadableEntryError) else "shunt"
        log.error("%s: %s goes to %s", self.name, name, where, exc_info=error)
        self.session.run(lambda site: self._move_aside(site, name, where, error))

    def _move_aside(self, site: Any, name: str, where: str, error: Exception) -> None:
        switchboard = site.queues[self.queue]
        entry = switchboard.get(name)
        if entry is None:
            return
        target = site.queues[where]
        try:
            msgdata = self.left_of(name, entry.msgdata())
        except POSKeyError:
            target.adopt(name, entry)
        else:
            content = entry.content if where == "bad" else self.keep(entry.content)
            data = {**msgdata, **self.state_of(error), "version": 3}
            target.create(name, content, entry.header, data)
        switchboard.remove(name)

    def left_of(self, name: str, msgdata: dict) -> dict:
        """Metadata of an entry that is set aside, without what was done for it already."""
        return msgdata

    def keep(self, content: str) -> str:
        """Reference to a copy that does not hold on to a segment, or the same one again."""
        try:
            return self.engine.content.keep(content)
        except (OSError, UnreadableEntryError) as error:
            # An entry with its metadata is worth more than the space of a segment.
            log.warning("%s: cannot keep a copy of %s: %s", self.name, content, error)
            return content

    def state_of(self, error: Exception) -> dict:
        """What a human wants to know about a failure."""
        lines = traceback.format_exception(error)
        return {
            "whichq": self.queue,
            "shunt_error": repr(error)[:1000],
            "shunt_traceback": "".join(lines)[-8000:],
            "shunt_state": {
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "runner": f"{self.name}:{self.slice}:{self.range}",
                "pid": os.getpid(),
                "host": platform.node(),
                "mmcore": __version__,
                "python": platform.python_version(),
            },
        }
