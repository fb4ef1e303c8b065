"""What became of recipients, for tests of the delivery ledger."""

from __future__ import annotations

from typing import Any

from mmcore.mta.journal import Reply
from mmcore.mta.ledger import pack
from mmcore.mta.outcomes import Outcomes, State

#: 2027-01-15T08:00:00, in seconds since the epoch.
WHEN = 1_800_000_000

OK = Reply(250, "2.0.0")
LATER = Reply(451, "4.7.1", "Greylisted")
NOBODY = Reply(550, "5.1.1", "Nobody")

_STATES = {250: State.DELIVERED, 451: State.TEMPORARY, 550: State.PERMANENT}


def packed(*replies: Reply | State, when: int = WHEN) -> bytes:
    """A record: a reply for each recipient, or a state that has none; in batches of two."""
    outcomes = Outcomes(len(replies))
    for index, reply in enumerate(replies):
        if isinstance(reply, Reply):
            outcomes.settle([index], _STATES[reply.code], reply, 1 + index // 2, when)
        elif reply is State.IN_DOUBT:
            outcomes.doubt([index])
    return pack(outcomes)


def delivered(site: Any, name: str, message_id: str = "<m>", **fates: Reply | State) -> Any:
    """Write a record down: recipients by the local part of their address."""
    emails = [f"{local_part}@example.com" for local_part in fates]
    return site.deliveries.record(
        name, message_id, "test.example.com", emails, packed(*fates.values())
    )
