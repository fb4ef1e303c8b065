"""The digest runner: sends what lists have collected.

Takes from: `digest`; and from what lists have collected, when it is as much as they want.
Calls: `mmcore/services/digests.py`, `mmcore/services/digest_sending.py`.
Leaves in: `virgin`, a message for those who want MIME and one for those who want plain text.
"""

from __future__ import annotations

import logging
import time
from functools import partial
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.directives import runner
from mmcore.services.digest_sending import send_issue
from mmcore.services.digests import send_full
from runners.base import QueueRunner

log = logging.getLogger("mmcore.runner")

#: Seconds between two looks at which lists have collected enough: what comes in between goes
#: into the same digest.
LOOK_EVERY = 1.0


@runner
class DigestRunner(QueueRunner):
    """See `IRunner`."""

    name = "digest"
    queue = "digest"
    _look_at = 0.0

    def iterate(self) -> bool:
        """Make issues of what is enough, then do a batch."""
        now = time.monotonic()
        # One instance is enough for all lists: it only moves what they have collected.
        if self.slice == 0 and now >= self._look_at:
            self._look_at = now + LOOK_EVERY
            self.look()
        return super().iterate()

    def look(self) -> None:
        """Send the digests of lists that have collected enough, each by itself."""
        for list_id in self.session.run(lambda site: site.digests.full()):
            try:
                self.session.run(partial(send_full, self.engine, list_id=list_id))
            except POSKeyError as error:
                log.error("the digest of %s cannot be sent: %s", list_id, error)

    def needs_list(self, msgdata: dict) -> bool:
        """See `QueueRunner`: without its list there is nothing left of an issue."""
        return False

    def dispose(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `QueueRunner`."""
        if mlist is None:
            log.info("no digest is sent of %s: there is no such list", msgdata.get("listid"))
        else:
            send_issue(self.engine, mlist, msgdata)
        return False
