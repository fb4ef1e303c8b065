"""What rules share: how a hit leaves its traces in the metadata."""

from __future__ import annotations

from typing import Any


def add_reason(msgdata: dict, sender: str, reason: str | tuple[Any, ...]) -> None:
    """Record why a rule hit and whose message it was.

    `reason` is marked but not translated: a text, or a tuple of a text with `{}` slots and the
    values for them.
    """
    msgdata["moderation_sender"] = sender
    msgdata.setdefault("moderation_reasons", []).append(reason)
