"""One entry of the queue `out` on its way to the server, and what the log says of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from mmcore.mta.deliver import Delivery, Result

log = logging.getLogger("mmcore.smtp")


@dataclass
class Job:
    """Plain values, since it outlives the transaction in which its entry was read."""

    name: str
    delivery: Delivery
    message_id: str
    list_id: str
    started: float = field(default_factory=time.monotonic)


def report(job: Job, result: Result) -> None:
    """Log a finished delivery."""
    log.info(
        "%s smtp to %s for %d recips, completed in %.3f seconds: "
        "%d delivered, %d later, %d failed, %d in doubt",
        job.message_id,
        job.list_id or "-",
        len(job.delivery.recipients),
        time.monotonic() - job.started,
        len(result.delivered),
        len(result.temporary),
        len(result.permanent),
        len(result.in_doubt) + result.doubted,
    )
    for index, reply in result.permanent.items():
        log.warning(
            "%s delivery to %s failed with code %d, %s",
            job.message_id,
            job.delivery.recipients[index],
            reply.code,
            reply.text,
        )
