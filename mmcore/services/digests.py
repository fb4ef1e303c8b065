"""Collecting posts for digests, and sending what was collected.

A post joins the digest of its list within the hop that prepares it.  Sending makes an issue of
what was collected and an entry of the queue `digest` that names it, in one transaction; the
runner of that queue has the issue written (`mmcore.services.digest_issue`).

Digests are numbered within a volume; a new volume begins with the year, the month or whatever
`digest_volume_frequency` says, and the first digest in it is the first of the volume.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mmcore.interfaces.mailing_list import DigestFrequency
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.message.message import Message

log = logging.getLogger("mmcore.lists")

#: Posts that have waited for so long get copies that do not hold on to a segment.
SETTLE_AFTER = timedelta(hours=1)

#: Queues whose entries may name an issue; once none does, nobody will send it.
_NAMING = ("digest", "shunt", "bad")


def collect(engine: Any, mlist: Any, msg: Message) -> None:
    """Have a post join the next digest of its list, as part of the current transaction."""
    content, header = engine.mailroom(mlist).store(msg)
    digests = mlist.site.digests
    collected = digests.of(mlist)
    collected.add(content, header, sum(map(len, msg.as_pieces())))
    limit = mlist.digest_size_threshold * 1024
    if 0 < limit <= collected.size:
        # It is sent by one process, when it comes to it: two that have many posts of one list
        # at the same time need not get into each other's way.
        digests.mark_full(mlist.list_id)


def send(engine: Any, mlist: Any, moment: datetime | None = None) -> tuple[int, int] | None:
    """Send what a list has collected, whatever its size.

    Returns (volume, number) of the digest, or None if there was nothing to send.
    """
    issue_id = mlist.site.digests.take(mlist.list_id)
    if issue_id is None:
        return None
    volume, number = next_number(mlist, moment)
    engine.mailroom(mlist).enqueue(
        "digest",
        # What there is to send is in the issue.
        Message(),
        listid=mlist.list_id,
        volume=volume,
        digest_number=number,
        digest_id=issue_id,
    )
    return volume, number


def send_full(engine: Any, site: Any, list_id: str) -> bool:
    """Send the digest of a list that was marked as full; returns whether it was."""
    mlist = site.lists.get(list_id)
    if mlist is None or list_id not in site.digests.full():
        return False
    return send(engine, mlist) is not None


def send_periodic(engine: Any, mlist: Any) -> tuple[int, int] | None:
    """The same as `send`, for lists that want it: those with `digest_send_periodic`."""
    return send(engine, mlist) if mlist.digest_send_periodic else None


def send_overdue(engine: Any, site: Any, list_id: str, every: timedelta) -> bool:
    """Send the digest of a list whose posts have waited for so long; returns whether it was.

    A list that does not want this is not looked at again for as long.
    """
    mlist, collected = site.lists.get(list_id), site.digests.get(list_id)
    since = None if collected is None else collected.since
    if mlist is None or since is None or since >= _now() - every:
        return False
    if send_periodic(engine, mlist) is None:
        site.digests.postpone(list_id)
        return False
    return True


def overdue(site: Any, every: timedelta) -> list[str]:
    """List-ids of the lists that have been collecting for longer than that."""
    if not every:
        return []
    found: list[str] = site.digests.waiting(before=_now() - every)
    return found


def act(engine: Any, mlist: Any, wanted: Mapping[str, bool]) -> tuple[int, int] | None:
    """Do what is asked for: `bump`, and after it `send` or `periodic`.

    Returns (volume, number) of the digest that is sent, or None.
    """
    if wanted.get("bump"):
        bump(mlist)
    if wanted.get("send"):
        return send(engine, mlist)
    return send_periodic(engine, mlist) if wanted.get("periodic") else None


def bump(mlist: Any, moment: datetime | None = None) -> None:
    """Go on to the next number, or to the first one of the next volume.

    `moment` is when (naive UTC), by default now.
    """
    if not _begin_volume(mlist, moment := moment or _now()):
        mlist.next_digest_number += 1
    mlist.digest_last_sent_at = moment
    log.info(
        "%s: the next digest is volume %d, number %d",
        mlist.list_id,
        mlist.volume,
        mlist.next_digest_number,
    )


def next_number(mlist: Any, moment: datetime | None = None) -> tuple[int, int]:
    """(volume, number) for a digest that is being sent; the list goes on to the one after it."""
    _begin_volume(mlist, moment := moment or _now())
    taken = mlist.volume, mlist.next_digest_number
    mlist.next_digest_number += 1
    mlist.digest_last_sent_at = moment
    return taken


def _begin_volume(mlist: Any, moment: datetime) -> bool:
    """Begin a volume if none of the current period has begun; returns whether one did."""
    last, frequency = mlist.digest_last_sent_at, mlist.digest_volume_frequency
    if last is None or period(frequency, moment) <= period(frequency, last):
        return False
    mlist.volume += 1
    mlist.next_digest_number = 1
    return True


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


def sources(site: Any) -> list[tuple[str, str]]:
    """What `settle` can be called for, one after the other."""
    waiting = [("waiting", list_id) for list_id in site.digests.waiting()]
    return waiting + [("issue", issue_id) for issue_id in site.digests.issue_ids()]


def settle(engine: Any, site: Any, source: tuple[str, str]) -> set[str]:
    """Have the posts of a source that have waited for long refer to copies of their own.

    Returns the references that they had before.  Others may still be reading those texts: they
    must not be swept before the next time.
    """
    moment = _now() - SETTLE_AFTER
    released = set()
    for post in site.digests.posts_of(*source):
        if post.content.startswith("k:") or post.received_at > moment:
            continue
        try:
            msg = Message.parse(engine.content.get(post.content), post.header)
        except UnreadableEntryError as error:
            # Whoever writes the digest says so to its readers.
            log.error("a post that waits for a digest cannot be read: %s", error)
            continue
        released.add(post.content)
        post.settle(engine.content.put_kept(msg.as_bytes()))
    return released


def drop_abandoned(site: Any) -> int:
    """Forget issues that no entry names any more; returns how many.

    Somebody has thrown the entry away.  Raises POSKeyError for an entry that cannot be read.
    """
    issues = set(site.digests.issue_ids())
    for queue in _NAMING if issues else ():
        switchboard = site.queues[queue]
        for name in switchboard.names():
            issues.discard(switchboard.get(name).msgdata().get("digest_id"))
    for issue_id in issues:
        log.warning("a digest is not sent, its entry was removed: issue %s", issue_id)
        site.digests.finish(issue_id)
    return len(issues)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
