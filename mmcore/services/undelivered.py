"""Interim.  The owner of this file replaces it."""

from __future__ import annotations

from typing import Any


def report(
    engine: Any, site: Any, mlist: Any, message_id: str, subject: str, failures: list[Any]
) -> None:
    """Tell the owners who did not get a post."""
