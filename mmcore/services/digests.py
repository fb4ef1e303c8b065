"""Volumes and numbers of digests.

Digests are numbered within a volume; a new volume begins with the year, the
month or whatever `digest_volume_frequency` says.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from mmcore.interfaces.mailing_list import DigestFrequency

log = logging.getLogger("mmcore.lists")


def bump(mlist: Any, moment: datetime | None = None) -> None:
    """Go on to the next number, or to the first one of the next volume.

    `moment` is when (naive UTC), by default now.
    """
    moment = datetime.now(UTC).replace(tzinfo=None) if moment is None else moment
    last = mlist.digest_last_sent_at
    frequency = mlist.digest_volume_frequency
    if last is not None and period(frequency, moment) > period(frequency, last):
        mlist.volume += 1
        mlist.next_digest_number = 1
    else:
        mlist.next_digest_number += 1
    mlist.digest_last_sent_at = moment
    log.info(
        "%s: the next digest is volume %d, number %d",
        mlist.list_id,
        mlist.volume,
        mlist.next_digest_number,
    )


def period(frequency: DigestFrequency, moment: datetime) -> tuple[int, ...]:
    """The year, quarter … of a moment, to be compared with those of others."""
    if frequency is DigestFrequency.yearly:
        return (moment.year,)
    if frequency is DigestFrequency.quarterly:
        return moment.year, (moment.month - 1) // 3
    if frequency is DigestFrequency.monthly:
        return moment.year, moment.month
    if frequency is DigestFrequency.weekly:
        # The year that a week belongs to is not always that of the day.
        return moment.isocalendar()[:2]
    return (moment.toordinal(),)
