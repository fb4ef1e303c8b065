"""Interim.  The owner of this file replaces it."""

from __future__ import annotations

from typing import Any


def process_events(engine: Any, site: Any, limit: int = 500) -> int:
    """Weigh events."""
    return 0
