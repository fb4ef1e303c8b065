"""Looking into queues."""

from __future__ import annotations

from typing import Any

from mmcore.message.message import Message


def queued(engine: Any, site: Any, name: str) -> list[tuple[Message, dict]]:
    """Empty a queue; returns (message, metadata) of each entry, oldest first."""
    mailroom = engine.mailroom(site)
    switchboard = site.queues[name]
    found = []
    for entry_name in switchboard.names():
        found.append(mailroom.load(switchboard.get(entry_name)))
        switchboard.remove(entry_name)
    return found
