"""The mailboxes of a list, as LMTP sees them: which queue serves them, and what it is told."""

from __future__ import annotations

from typing import Any

#: What a sub-address is called inside, and the queue its mail goes to.
SUBADDRESSES = {
    "bounces": ("bounces", "bounces"),
    "confirm": ("confirm", "command"),
    "join": ("join", "command"),
    "leave": ("leave", "command"),
    "owner": ("owner", "in"),
    "request": ("request", "command"),
    "subscribe": ("join", "command"),
    "unsubscribe": ("leave", "command"),
}


def mailbox(settings: Any, list_id: str, subaddress: str | None) -> tuple[str, dict[str, Any]]:
    """Queue and metadata of mail for a sub-address of a list; None is the list itself."""
    if subaddress is None:
        return "in", {"listid": list_id, "to_list": True}
    name, queue = SUBADDRESSES[subaddress]
    metadata: dict[str, Any] = {"listid": list_id, "subaddress": name}
    if name == "owner":
        metadata.update(to_owner=True, envsender=settings.mmcore.site_owner)
    elif name == "request":
        metadata["to_request"] = True
    return queue, metadata
