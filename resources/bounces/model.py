"""Bounce events: what was learnt about addresses that do not take mail."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from resources.addresses.model import now
from resources.container import Container, Node


class BounceEvent(Node):
    """One failure to deliver to one address."""

    processed = False

    def __init__(self, list_id: str, email: str, context: str, data: dict) -> None:
        self.list_id = list_id
        self.email = email
        self.context = context
        self.timestamp = now()
        self.data = data


class BounceEvents(Container):
    """All bounce events, under random keys: nobody waits for anybody to add one."""

    def add(self, list_id: str, email: str, context: str = "normal", **data: Any) -> BounceEvent:
        """Note a failure; `data` holds what is known about it (code, text, message id)."""
        event = BounceEvent(list_id, email, context, data)
        self._insert(uuid4().hex, event)
        return event
