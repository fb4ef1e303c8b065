"""The bounces runner: reads failure reports, weighs failures, warns those whose mail fails.

Takes from: `bounces`; and the bounce events that this and the out runner have added.
Calls: `mmcore/services/bounce_detection.py` for mails, `mmcore/services/bounce_scoring.py` for
events, `mmcore/services/bounce_warnings.py` for members whose delivery is disabled.
Leaves in: the bounce events; `virgin` (notices, probes, reports that nobody understands).
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from mmcore.directives import runner
from mmcore.interfaces.bounce import BounceOutcome
from mmcore.services.bounce_detection import process
from mmcore.services.bounce_scoring import process_events
from mmcore.services.bounce_warnings import due, warn_or_remove
from mmcore.services.tolerance import CANNOT_COPE
from runners.base import QueueRunner

log = logging.getLogger("mmcore.bounce")

#: Events that are weighed in one transaction.
WEIGHED = 500
#: Events are weighed many at a time, so not more often than so many seconds apart …
WEIGH_EVERY = 2.0
#: … and after trouble not before so many.
REST_AFTER_TROUBLE = 60.0
#: After events were weighed somebody may have to be warned; that takes a look at all who wait.
WARN_AFTER = 30.0


@runner
class BouncesRunner(QueueRunner):
    """See `IRunner`."""

    name = "bounces"
    queue = "bounces"
    _weigh_at = 0.0
    _warn_at = 0.0
    #: Whether there may be events that have come since the last look.
    _may_weigh = True

    def iterate(self) -> bool:
        """Read a batch of mails, then weigh what is known of failures."""
        busy = super().iterate()
        self._may_weigh |= busy
        # One instance is enough for what belongs to no mail.
        if self.slice == 0 and not self.stopping:
            now = time.monotonic()
            if now >= self._weigh_at:
                busy |= self.weigh(now)
            if now >= self._warn_at:
                self.warn(now)
        return busy

    def wait(self, seconds: float) -> None:
        """See `Runner`; there may be something to do before."""
        if self.slice == 0:
            at = min(self._warn_at, self._weigh_at) if self._may_weigh else self._warn_at
            seconds = min(seconds, max(0.0, at - time.monotonic()))
        super().wait(seconds)
        # Who has woken us may have added events.
        self._may_weigh = True

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `QueueRunner`."""
        process(self.engine, mlist, msg)
        return False

    def weigh(self, now: float) -> bool:
        """Weigh some events; returns whether there are more."""
        self._may_weigh = False
        try:
            count = self.session.run(partial(self._weighed, limit=WEIGHED))
            rest = WEIGH_EVERY if count < WEIGHED else 0.0
        except CANNOT_COPE as error:
            log.error("events cannot be weighed together, so one by one", exc_info=error)
            count, rest = self._one_by_one(), REST_AFTER_TROUBLE
        self._weigh_at = now + rest
        if count:
            self._warn_at = min(self._warn_at, now + WARN_AFTER)
        return rest == 0.0

    def _weighed(self, site: Any, limit: int) -> int:
        return process_events(self.engine, site, limit)

    def _one_by_one(self) -> int:
        """Weigh some events each by itself; one that cannot be is done with.  Returns how many."""
        for number in range(WEIGHED):
            try:
                if not self.session.run(partial(self._weighed, limit=1)):
                    return number
            except CANNOT_COPE as error:
                log.error("an event cannot be weighed", exc_info=error)
                self.session.run(_drop_first)
        return WEIGHED

    def warn(self, now: float) -> None:
        """Warn or remove members who are due, each in a transaction."""
        every = self.settings.bounces.register_bounces_every.total_seconds()
        # Whoever sets 0 means «at once», not «without a pause».
        self._warn_at = now + max(every, WEIGH_EVERY)
        for member_id in self.session.run(due):
            if self.stopping:
                break
            try:
                self.session.run(partial(warn_or_remove, self.engine, member_id=member_id))
            except CANNOT_COPE as error:
                log.error("%s can be neither warned nor removed", member_id, exc_info=error)


def _drop_first(site: Any) -> None:
    """Have done with the event that is weighed first."""
    for event in site.bounce_events.unprocessed(1):
        log.error("the bounce event %s of %s is not weighed", event.__name__, event.email)
        site.bounce_events.done(event, BounceOutcome.error.value)
