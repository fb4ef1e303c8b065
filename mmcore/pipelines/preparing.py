"""Has an accepted post prepared: what happens to everything in the queue `pipeline`.

The runner of that queue calls it, and so does whoever wants to know beforehand what would happen.
"""

from __future__ import annotations

from typing import Any

from mmcore.pipelines.engine import process


def prepare(engine: Any, mlist: Any, msg: Any, msgdata: dict, watch: Any = None) -> None:
    """Run the list's posting pipeline over a post, or its owner pipeline over mail to the owners.

    `watch` is told of every step, see `IWatcher`.  Raises LookupError for pipelines and handlers
    that do not exist, and whatever an essential handler raises.
    """
    name = mlist.owner_pipeline if msgdata.get("to_owner") else mlist.posting_pipeline
    process(engine, mlist, msg, msgdata, name, watch)
