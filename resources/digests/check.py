"""Whether what lists collect for digests is indexed and counted right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ZODB.POSException import POSKeyError

from resources.checking import compared, container


def check(site: Any) -> Iterator[str]:
    """Lists, sizes, who waits since when, and issues that entries name."""
    digests = site.digests
    yield from container("digests", digests)
    waiting, begun = [], set()
    for list_id, found in digests._data.items():
        name = f"digests of {list_id}"
        if site.lists.get(list_id) is None:
            yield f"{name}: the list does not exist"
        yield from compared(f"{name}: size", found.size, sum(p.size for p in found.posts()))
        yield from compared(f"{name}: collecting", found.since is not None, bool(found.posts()))
        if found.since is not None:
            waiting.append((found.since, list_id))
            begun.add(list_id)
    yield from compared("digests: waiting", list(digests._waiting), sorted(waiting))
    for list_id in sorted(set(digests.full()) - begun):
        yield f"digests of {list_id}: full, but nothing was collected"
    for issue_id in digests.issue_ids():
        issue = digests.issue(issue_id)
        if site.lists.get(issue.list_id) is None:
            yield f"digests: issue {issue_id} is of {issue.list_id}, which does not exist"
    yield from _entries(site)


def _entries(site: Any) -> Iterator[str]:
    """Whether the issues that wait to be sent are there."""
    known = set(site.digests.issue_ids())
    queue = site.queues["digest"]
    for name in queue.names():
        try:
            msgdata = queue.get(name).msgdata()
        except POSKeyError:
            # The check of queues reports it.
            continue
        issue_id, list_id = msgdata.get("digest_id"), msgdata.get("listid")
        if issue_id is None or site.lists.get(list_id or "") is None:
            # Somebody has put it there by hand, or the list is gone with all its issues.
            continue
        if issue_id not in known:
            yield f"digest: {name} is for issue {issue_id}, which does not exist"
