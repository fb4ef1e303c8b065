"""One entry of the queue `out` on its way to the server, and what the log says of it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from mmcore.mta.deliver import Delivery, Result
from mmcore.mta.outcomes import State

log = logging.getLogger("mmcore.smtp")

#: More failures of one delivery are not told one by one.
_MOST_TOLD = 1000


@dataclass
class Job:
    """Plain values, since it outlives the transaction in which its entry was read."""

    name: str
    delivery: Delivery
    message_id: str
    list_id: str
    subject: str = ""
    #: Token of the probe that this is, if it is one.
    probe_token: str = ""
    #: Bytes of memory that its content takes.
    size: int = 0
    started: float = field(default_factory=time.monotonic)


def report(job: Job, result: Result) -> None:
    """Log a finished delivery."""
    outcomes = result.outcomes
    log.info(
        "%s smtp to %s for %d recips, completed in %.3f seconds: "
        "%d delivered, %d later, %d failed, %d in doubt",
        job.message_id,
        job.list_id or "-",
        len(outcomes),
        time.monotonic() - job.started,
        outcomes.count(State.DELIVERED),
        outcomes.count(State.TEMPORARY) + len(result.postponed),
        outcomes.count(State.PERMANENT),
        len(result.in_doubt) + result.doubted,
    )
    if not outcomes.count(State.PERMANENT):
        return
    failed = outcomes.with_replies(State.PERMANENT)
    for index, reply in failed[:_MOST_TOLD]:
        log.warning(
            "%s delivery to %s failed with code %d, %s",
            job.message_id,
            job.delivery.recipients[index],
            reply.code,
            reply.text,
        )
    if len(failed) > _MOST_TOLD:
        log.warning("%s and to %d others", job.message_id, len(failed) - _MOST_TOLD)
