"""What time it is: asked in one place, so that a test can say it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The current time as the tree stores it: naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)
