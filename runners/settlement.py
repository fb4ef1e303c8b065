"""What is written down when a delivery is done: the ledger, what is tried again, who failed."""

from __future__ import annotations

import logging
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from mmcore.interfaces.bounce import BounceContext
from mmcore.mta.deliver import Result
from mmcore.mta.job import Job
from mmcore.mta.ledger import pack
from mmcore.mta.outcomes import State
from mmcore.queue.address_lines import AddressLines
from mmcore.queue.mailroom import entry_name
from mmcore.services.bounce_events import Failure, register
from mmcore.services.bounce_probes import probe_failed
from mmcore.services.undelivered import report

log = logging.getLogger("mmcore.smtp")

#: Those who have to wait for their server go to `retry` together by this many seconds.
_TOGETHER = 10.0


class Settlement:
    """Folds results into the database; see the docstring of the module."""

    def __init__(self, runner: Any) -> None:
        self.runner = runner
        self.engine = runner.engine
        self.mta = runner.settings.mta
        #: Who was given up, by entry: decided once, though a transaction may be repeated.
        self._late: dict[str, list[Failure]] = {}

    def forget(self, names: Iterable[str]) -> None:
        """These entries are committed."""
        for name in names:
            self._late.pop(name, None)

    def write_down(self, site: Any, finished: Iterable[tuple[Job, Result]]) -> None:
        """Commit what became of deliveries.  Safe to repeat."""
        switchboard = site.queues["out"]
        for job, result in finished:
            entry = switchboard.get(job.name)
            if entry is None:
                continue
            if job.name not in self._late:
                self._late[job.name] = self._give_up(job, result, entry)
            self._failed(site, job, result, self._late[job.name])
            if result.outcomes.count(State.TEMPORARY):
                self._try_later(site, job, result, entry)
            if result.postponed:
                self._postpone(site, job, result, entry)
            if result.in_doubt:
                self._ask_humans(site, job, result, entry)
            if result.failure is not None:
                self._set_aside(site, job, result, entry)
            site.deliveries.record(
                job.name, job.message_id, job.list_id, entry.recipients, pack(result.outcomes)
            )
            switchboard.remove(job.name)

    def _give_up(self, job: Job, result: Result, entry: Any) -> list[Failure]:
        """Have failed for good what has failed for now for too long; returns who that is."""
        until = entry.value("deliver_until")
        if until is None or time.time() < until:
            return []
        late = failures_of(job, result, State.TEMPORARY)
        result.outcomes.give_up()
        if late:
            log.warning("%s given up for %d recipients", job.message_id, len(late))
        return late

    def _failed(self, site: Any, job: Job, result: Result, late: list[Failure]) -> None:
        """Note recipients that will not get the message."""
        given_up = {failure.email for failure in late}
        failures = failures_of(job, result, State.PERMANENT)
        refused = [failure for failure in failures if failure.email not in given_up]
        if not failures:
            return
        if job.probe_token:
            probe_failed(self.engine, site, job.probe_token, failures[0])
            return
        if not job.list_id:
            return
        for source, failures in (("smtp", refused), ("gave-up", late)):
            for failure in failures:
                register(
                    self.engine,
                    site,
                    job.list_id,
                    failure,
                    BounceContext.normal,
                    message_id=job.message_id,
                    source=source,
                )
        if late:
            mlist = site.lists.get(job.list_id)
            report(self.engine, site, mlist, job.message_id, job.subject, late)

    def _try_later(self, site: Any, job: Job, result: Result, entry: Any) -> None:
        """Put recipients that failed for now into `retry`: exponential, with jitter."""
        wanted, now = self.mta, time.time()
        count = entry.value("retry_count") or 0
        # Up to a power that no duration overflows with, however long a site tries.
        delay = min(wanted.retry_first * 2 ** min(count, 20), wanted.retry_max)
        due = now + (delay * random.uniform(0.9, 1.1)).total_seconds()
        self._retry(
            site, job, entry, result.outcomes.indices(State.TEMPORARY), due, retry_count=count + 1
        )

    def _postpone(self, site: Any, job: Job, result: Result, entry: Any) -> None:
        """Put recipients whose servers want a rest into `retry`; they were not tried."""
        groups: dict[int, list[int]] = defaultdict(list)
        for index, until in result.postponed:
            groups[int(until // _TOGETHER) + 1].append(index)
        for number, indices in groups.items():
            self._retry(site, job, entry, indices, number * _TOGETHER)

    def _retry(
        self, site: Any, job: Job, entry: Any, indices: Iterable[int], due: float, **values: Any
    ) -> None:
        recipients = job.delivery.recipients
        msgdata = {
            **entry.metadata(),
            **values,
            "recipients": AddressLines.of(recipients[index] for index in indices),
        }
        if "retry_count" in values:
            # Who was not tried yet has all the time that there is.
            period = self.mta.delivery_retry_period.total_seconds()
            msgdata.setdefault("deliver_until", time.time() + period)
        retry = site.queues["retry"]
        name = entry_name(entry.content, job.name, due)
        retry.create(name, entry.content, entry.header, msgdata)
        self.engine.mailroom(site).announce("retry")

    def _ask_humans(self, site: Any, job: Job, result: Result, entry: Any) -> None:
        """Put recipients who may have got the message or not into `shunt`."""
        msgdata = {
            **entry.metadata(),
            "recipients": [job.delivery.recipients[index] for index in result.in_doubt],
            "whichq": "out",
            "shunt_error": "in doubt: the process ended between the end of the message "
            "and the reply; unshunt to send again, or discard",
        }
        self._shunt(site, job, entry, msgdata)

    def _set_aside(self, site: Any, job: Job, result: Result, entry: Any) -> None:
        """Put recipients whose copies could not be made into `shunt`."""
        failure = result.failure
        assert failure is not None
        log.error("%s: no copy could be made", job.name, exc_info=failure)
        postponed = {index for index, _ in result.postponed}
        waiting = (i for i in result.outcomes.indices(State.WAITING) if i not in postponed)
        recipients = job.delivery.recipients
        msgdata = {
            **entry.metadata(),
            "recipients": [recipients[index] for index in waiting],
            **self.runner.state_of(failure),
        }
        self._shunt(site, job, entry, msgdata)

    def _shunt(self, site: Any, job: Job, entry: Any, msgdata: dict) -> None:
        name = entry_name(entry.content, f"{job.name} {msgdata['shunt_error']}")
        content = self.runner.keep(entry.content)
        site.queues["shunt"].create(name, content, entry.header, msgdata)


def failures_of(job: Job, result: Result, state: State) -> list[Failure]:
    """What the servers said of the recipients in a state."""
    recipients, outcomes = job.delivery.recipients, result.outcomes
    if not outcomes.count(state):
        return []
    return [
        Failure(recipients[index], reply.code, reply.enhanced, reply.text)
        for index, reply in outcomes.with_replies(state)
    ]


def move_to_retry(engine: Any, site: Any, early: Iterable[tuple[str, float]]) -> None:
    """Move entries (name, time when they are due) from `out` to `retry`.  Safe to repeat."""
    queues = site.queues
    for name, due in early:
        entry = queues["out"].get(name)
        if entry is not None:
            queues["out"].remove(name)
            entry.name = entry_name(entry.content, name, due)
            queues["retry"].add(entry)
    engine.mailroom(site).announce("retry")
