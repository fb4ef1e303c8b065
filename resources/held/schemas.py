"""Parameters of held messages."""

from __future__ import annotations

from typing import Any

from mmcore.interfaces.action import Action
from mmcore.message.addresses import is_valid
from resources.fields import enumeration, field, text
from resources.parameters import Parameters


def emails(value: Any) -> list[str]:
    """One address or several, each once."""
    if isinstance(value, list):
        for item in value:
            if not isinstance(item, str) or not is_valid(item):
                raise ValueError(f"Expected email address, got {item!r}")
        return list(dict.fromkeys(value))
    if isinstance(value, str) and is_valid(value):
        return [value]
    raise ValueError(f"Bad email address format: {value}")


class Decision(Parameters):
    """POST to a held message."""

    action = field(enumeration(Action))
    comment = field(text, missing=None)
    forward = field(emails, missing=())
