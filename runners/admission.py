"""Which entries of the queue `out` are taken on, while others are on their way.

So many that connections never wait for work, and so few that memory stays bounded; and of no
lane so many that others find no place.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ZODB.POSException import POSKeyError

from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.mta.job import Job

#: Entries that are read at a time, and that a lane may have under way.
BATCH_ENTRIES = 40
#: A lane with so many recipients under way gets no more entries.
_LANE_RECIPIENTS = 20_000
#: Entries and bytes of messages under way, of all lanes together.
_MOST_ENTRIES = 200
_MOST_BYTES = 64 << 20
#: How far into the queue to look for entries of lanes that have room …
_SIGHT = 1000
#: … of which so many are read at a time, of those whose lane is not known.
_MOST_READ = 5 * BATCH_ENTRIES


class Admission:
    """Knows what is under way, and finds what comes next."""

    def __init__(self, slice_: int, range_: int) -> None:
        self._slice, self._range = slice_, range_
        self._under_way: dict[str, Job] = {}
        self._entries: Counter[str] = Counter()
        self._recipients: Counter[str] = Counter()
        self._bytes = 0
        #: Lanes of entries that were passed over, so as not to read these again.
        self._lanes: dict[str, str] = {}
        #: Whether there was more to be looked at the last time.
        self.more = False

    @property
    def full(self) -> bool:
        """Whether no more can be taken on for now."""
        return len(self._under_way) >= _MOST_ENTRIES or self._bytes >= _MOST_BYTES

    def entered(self, job: Job) -> None:
        """A job is under way."""
        lane = job.delivery.lane
        self._under_way[job.name] = job
        self._entries[lane] += 1
        self._recipients[lane] += len(job.delivery.recipients)
        self._bytes += job.size

    def left(self, job: Job) -> None:
        """A job is done."""
        lane = job.delivery.lane
        del self._under_way[job.name]
        self._entries[lane] -= 1
        self._recipients[lane] -= len(job.delivery.recipients)
        self._bytes -= job.size
        if not self._entries[lane]:
            del self._entries[lane], self._recipients[lane]

    def candidates(self, switchboard: Any) -> Iterator[tuple[str, Any]]:
        """(name, entry) of entries that may be taken on, oldest first.

        Those whose lane is full when their turn comes are left out.
        """
        limit = _SIGHT + len(self._under_way)
        names = switchboard.names(self._slice, self._range, limit)
        waiting = [name for name in names if name not in self._under_way]
        self._lanes = {name: self._lanes[name] for name in waiting if name in self._lanes}
        unknown = [name for name in waiting if not self._crowded(self._lanes.get(name))]
        self.more = len(unknown) > _MOST_READ
        for start in range(0, min(len(unknown), _MOST_READ), BATCH_ENTRIES):
            if self.full:
                # There is no use in looking again before somebody has left.
                self.more = False
                return
            for name, entry in switchboard.load(unknown[start : start + BATCH_ENTRIES]):
                lane = _lane_if_readable(entry)
                if lane is not None and self._crowded(lane):
                    self._lanes[name] = lane
                else:
                    yield name, entry

    def _crowded(self, lane: str | None) -> bool:
        return lane is not None and (
            self._entries[lane] >= BATCH_ENTRIES or self._recipients[lane] >= _LANE_RECIPIENTS
        )

    def not_before(self, entry: Any) -> float:
        """Seconds since the epoch before which an entry must not be sent; 0.0 if now is right.

        Raises UnreadableEntryError.
        """
        try:
            after = entry.value("deliver_after")
        except POSKeyError as error:
            raise UnreadableEntryError(f"entry: {error}") from error
        if isinstance(after, datetime):
            after = (after if after.tzinfo else after.replace(tzinfo=UTC)).timestamp()
        return float(after) if isinstance(after, (int, float)) and after > time.time() else 0.0


def _lane_if_readable(entry: Any) -> str | None:
    """The lane of an entry; None if the storage has lost it, as is found out on taking it on."""
    try:
        return lane_of(entry)
    except POSKeyError:
        return None


def lane_of(entry: Any) -> str:
    """The lane of an entry: its list; what goes to few does not queue up behind a post to many.

    So nobody waits for a confirmation until a large list has its post.
    """
    size = "many" if entry.has_many_recipients else "few"
    return f"{entry.value('listid') or ''}/{size}"
