"""The task runner: periodic housekeeping.

Takes from: nothing.
Calls: the containers' own eviction, `mmcore/services/held_decisions.py`, the content store's
sweeper, the pack, `mmcore/services/digests.py`.
Leaves in: `digest`, what has waited for long enough.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.queue.intake import pending_segments
from mmcore.services import digests
from mmcore.services.held_decisions import expire
from mmcore.services.mail_server import tell_all
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
            # At the start, and again for what went wrong since.
            tell_all(self.engine)
            self.housekeeping()
        if now >= self.pack_at:
            self.pack_at = now + self.settings.database.pack_every.total_seconds()
            self.database.pack(self.settings.database.pack_keep.total_seconds() / 86400)
            log.info("packed the database")
        self.send_digests()
        return False

    def send_digests(self) -> None:
        """Send the digests whose posts have waited for long enough, each by itself."""
        every = self.settings.digests.send_periodic_every
        for list_id in self.session.run(lambda site: digests.overdue(site, every)):
            try:
                work = partial(digests.send_overdue, self.engine, list_id=list_id, every=every)
                self.session.run(work)
            except POSKeyError as error:
                log.error("the digest of %s cannot be sent: %s", list_id, error)
            if self.stopping:
                break

    def housekeeping(self) -> None:
        """Evict what has expired, then sweep the content store."""
        gone = self.session.run(lambda site: site.pendings.evict())
        log.info("evicted %d expired tokens", gone)
        while count := self.session.run(lambda site: expire(self.engine, site)):
            log.info("discarded %d held messages that nobody decided about", count)
        keep = self.settings.mta.ledger_life
        while count := self.session.run(lambda site: site.deliveries.evict(keep)):
            log.info("forgot %d old delivery records", count)
        age = self.settings.bounces.dsn_lifetime
        while count := self.session.run(lambda site: site.bounce_events.evict(age)):
            log.info("forgot %d old bounce events", count)
        while count := self.session.run(lambda site: site.auto_responses.evict()):
            log.info("forgot %d automatic answers", count)
        try:
            self.session.run(digests.drop_abandoned)
            released = self.settle_digests()
            live, pending = self.session.run(self.live_content)
        except POSKeyError as error:
            # What such an entry refers to is not known, so nothing may go.
            log.error("the content store is not swept, an entry cannot be read: %s", error)
            return
        freed = self.engine.content.sweep(live | released, pending)
        log.info("swept the content store, %d bytes freed", freed)

    def settle_digests(self) -> set[str]:
        """Have what waits for digests not hold on to segments.

        Returns the references that it had until now.
        """
        released: set[str] = set()
        for source in self.session.run(digests.sources):
            released |= self.session.run(partial(digests.settle, self.engine, source=source))
        return released

    def live_content(self, site: Any) -> tuple[set[str], set[str]]:
        """(references that something needs, segments with mail not yet in a queue).

        The segments are looked at first: mail that is entered meanwhile is
        then counted twice rather than not at all.
        """
        pending = pending_segments(site, self.engine.content)
        live = {held.content for held in site.held.values()}
        live.update(site.digests.references())
        live.update(site.bounce_events.references())
        for switchboard in site.queues.values():
            for name in switchboard:
                live.add(switchboard.get(name).content)
        return live, pending
