"""The task runner: periodic housekeeping.

Takes from: nothing.
Calls: the containers' own eviction, `mmcore/services/held_decisions.py`, the content store's
sweeper, the pack.
Leaves in: nothing.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.queue.intake import pending_segments
from mmcore.services.held_decisions import expire
from runners.base import Runner

log = logging.getLogger("mmcore.task")


@runner
class TaskRunner(Runner):
    """See `IRunner`."""

    name = "task"

    def open(self) -> None:
        """See `Runner`."""
        super().open()
        self.tasks_at = 0.0
        self.pack_at = time.monotonic() + self.settings.database.pack_every.total_seconds()

    def iterate(self) -> bool:
        """Do what is due."""
        now = time.monotonic()
        if now >= self.tasks_at:
            self.tasks_at = now + self.settings.mmcore.run_tasks_every.total_seconds()
            self.housekeeping()
        if now >= self.pack_at:
            self.pack_at = now + self.settings.database.pack_every.total_seconds()
            self.database.pack(self.settings.database.pack_keep.total_seconds() / 86400)
            log.info("packed the database")
        return False

    def housekeeping(self) -> None:
        """Evict what has expired, then sweep the content store."""
        gone = self.session.run(lambda site: site.pendings.evict())
        log.info("evicted %d expired tokens", gone)
        while count := self.session.run(lambda site: expire(self.engine, site)):
            log.info("discarded %d held messages that nobody decided about", count)
        keep = self.settings.mta.ledger_life
        while count := self.session.run(lambda site: site.deliveries.evict(keep)):
            log.info("forgot %d old delivery records", count)
        try:
            live, pending = self.session.run(self.live_content)
        except POSKeyError as error:
            # What such an entry refers to is not known, so nothing may go.
            log.error("the content store is not swept, an entry cannot be read: %s", error)
            return
        freed = self.engine.content.sweep(live, pending)
        log.info("swept the content store, %d bytes freed", freed)

    def live_content(self, site: Any) -> tuple[set[str], set[str]]:
        """(references that something needs, segments with mail not yet in a queue).

        The segments are looked at first: mail that is entered meanwhile is
        then counted twice rather than not at all.
        """
        pending = pending_segments(site, self.engine.content)
        live = {held.content for held in site.held.values()}
        for switchboard in site.queues.values():
            for name in switchboard:
                live.add(switchboard.get(name).content)
        return live, pending
