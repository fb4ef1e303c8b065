"""What an explanation looks like to a program: JSON."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from mmcore.explain.explanation import Copy, Explanation


def show_explanation(told: Explanation) -> dict[str, Any]:
    """The explanation object."""
    shown = asdict(told)
    shown["member"] = shown.pop("asked")
    shown["copy"] = None if told.copy is None else show_copy(told.copy)
    return shown


def show_copy(copy: Copy) -> dict[str, Any]:
    """The message as it would leave: as text if it is UTF-8, else in base 64."""
    try:
        encoding, content = "utf-8", copy.content.decode("utf-8")
    except UnicodeDecodeError:
        encoding, content = "base64", base64.b64encode(copy.content).decode("ascii")
    return {
        "sender": copy.sender,
        "size": len(copy.content),
        "encoding": encoding,
        "content": content,
    }
