"""Whether the indexes of lists are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, container, grouped, sets


def check(site: Any) -> Iterator[str]:
    """Keys, the indexes by address and by host, domains."""
    lists = site.lists
    yield from container("lists", lists)
    every = dict(lists._data.items())
    for list_id, mlist in every.items():
        if mlist.list_id != list_id:
            yield f"lists: {list_id} is {mlist.list_id}"
        if mlist.domain is None:
            yield f"lists: {list_id} is in a domain that does not exist"
    by_address = {mlist.posting_address: list_id for list_id, mlist in every.items()}
    yield from compared("lists by address", dict(lists._by_address.items()), by_address)
    by_host = grouped((mlist.mail_host, list_id) for list_id, mlist in every.items())
    yield from compared("lists by host", sets(lists._by_host), by_host)
    fed = sorted(list_id for list_id, mlist in every.items() if mlist.gateway_to_mail)
    yield from compared("lists fed by news", list(lists._fed_by_news or ()), fed)
