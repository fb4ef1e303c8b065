"""Whether the shards of queues are sound."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ZODB.POSException import POSKeyError


def check(site: Any) -> Iterator[str]:
    """Shards, names, counts, and whether every entry can be read."""
    for queue, switchboard in site.queues._data.items():
        for shard in switchboard._shards:
            large = dict(shard.large.items())
            if len(large) != shard.large_count():
                yield f"{queue}: a shard counts {shard.large_count()}, has {len(large)}"
            for name in shard.small.keys() & large.keys():
                yield f"{queue}: {name} is there twice"
            for name, entry in (shard.small | large).items():
                if switchboard._shard(name) is not shard:
                    yield f"{queue}: {name} is in the wrong shard"
                try:
                    if entry.name != name:
                        yield f"{queue}: {name} calls itself {entry.name}"
                    entry.msgdata()
                except POSKeyError:
                    yield f"{queue}: {name} cannot be read"
