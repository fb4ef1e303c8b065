"""What bounce events look like to a client."""

from __future__ import annotations

from typing import Any

from resources.bounces.model import BounceEvent
from resources.versions import ApiVersion


def bounce_link(api: ApiVersion, event: BounceEvent) -> str:
    """The canonical URL of a bounce event."""
    return api.url(f"bounces/{event.__name__}")


def show_bounce(api: ApiVersion, event: BounceEvent) -> dict[str, Any]:
    """The bounce object; it has a `report` if one came."""
    link = bounce_link(api, event)
    shown = {
        "bounce_id": event.__name__,
        "list_id": event.list_id,
        "email": event.email,
        "timestamp": event.timestamp,
        "context": event.context,
        "cause": event.cause,
        "at_fault": event.cause.at_fault,
        "processed": event.processed,
        "outcome": event.outcome,
        "message_id": event.message_id,
        "code": event.code,
        "enhanced": event.enhanced,
        "text": event.text,
        "source": event.source,
        "self_link": link,
    }
    if event.content:
        shown["report"] = f"{link}/report"
    return shown
