"""What delivery records, and the fates of recipients, look like to a client."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.delivery import DeliveryState, Fate
from mmcore.services.deliveries import Status
from mmcore.services.delivery_history import History
from resources.deliveries.model import DeliveryRecord
from resources.versions import ApiVersion


def record_link(api: ApiVersion, name: str) -> str:
    """The canonical URL of a record."""
    return api.url(f"deliveries/{name}")


def show_record(api: ApiVersion, record: DeliveryRecord) -> dict[str, Any]:
    """The delivery object: one attempt."""
    opened = record.opened()
    return {
        "name": record.__name__,
        "message_id": record.message_id,
        "list_id": record.list_id,
        "finished_at": record.finished_at,
        "recipients": len(opened),
        "transactions": opened.batches,
        "states": _named(opened.totals()),
        "self_link": record_link(api, str(record.__name__)),
    }


def show_history(api: ApiVersion, history: History) -> dict[str, Any]:
    """The same with what is true now, and the other attempts of the message."""
    return {
        **show_record(api, history.record),
        "now": _named(history.totals()),
        "complete": history.complete,
        "attempts": [record_link(api, str(record.__name__)) for record in history.records],
    }


def show_status(api: ApiVersion, status: Status, attempts: bool) -> dict[str, Any]:
    """What became of a message for a recipient; with each attempt, if that is asked for."""
    shown = {
        **show_fate(api, status.now),
        "queue": status.now.queue,
        "waiting_since": status.now.since,
        "next_attempt": status.now.next_attempt,
    }
    if attempts:
        shown["attempts"] = [show_fate(api, fate) for fate in status.attempts]
    return shown


def show_fate(api: ApiVersion, fate: Fate) -> dict[str, Any]:
    """What is known of one attempt for a recipient."""
    return {
        "message_id": fate.message_id,
        "list_id": fate.list_id,
        "email": fate.email,
        "state": fate.state,
        "code": fate.code,
        "enhanced": fate.enhanced,
        "text": fate.text,
        "time": fate.when,
        "attempt": fate.attempt,
        "transaction": fate.batch,
        "delivery": fate.record,
        "delivery_link": record_link(api, fate.record) if fate.record else "",
    }


def _named(totals: dict[DeliveryState, int]) -> dict[str, int]:
    return {state.name: totals[state] for state in DeliveryState if state in totals}
