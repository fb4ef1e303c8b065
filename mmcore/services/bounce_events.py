"""Interim: notes failures.  The owner of this file replaces it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmcore.interfaces.bounce import BounceContext


@dataclass(frozen=True)
class Failure:
    """A recipient who did not get a message, and why."""

    email: str
    code: int = 0
    enhanced: str = ""
    text: str = ""


def register(
    engine: Any,
    site: Any,
    list_id: str,
    failure: Failure,
    context: BounceContext = BounceContext.normal,
    *,
    message_id: str = "",
    source: str = "smtp",
    content: str = "",
) -> Any:
    """Note a failure."""
    return site.bounce_events.add(
        list_id,
        failure.email,
        context.name,
        message_id=message_id,
        code=failure.code,
        enhanced=failure.enhanced,
        text=failure.text,
    )
