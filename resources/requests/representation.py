"""How a request to join or leave looks to clients."""

from __future__ import annotations

from typing import Any


def show_request(token: str, pendable: dict[str, Any]) -> dict[str, Any]:
    """The request object; what the engine remembers besides is nobody else's business."""
    shown = ("type", "list_id", "email", "display_name", "when", "token_owner")
    return {"token": token, **{name: pendable[name] for name in shown}}
