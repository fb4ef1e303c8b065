"""The copy of a post that an archiver gets, and the date it is kept under."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any


def copy_for(settings: Any, name: str, msg: Any, received: datetime) -> Any:
    """A copy of a post for the archiver `name`, with the Date that its section asks for.

    `received` (naive UTC) is when the post came in.  A Date is measured by that and not by the
    present, so that a copy made later is the same.  Each archiver may do what it likes with its
    copy; `received_time` is an attribute of it.
    """
    copied = copy.deepcopy(msg)
    copied.received_time = received
    section = settings.archivers[name]
    if _is_to_be_replaced(copied, section.clobber_date, section.clobber_skew, received):
        old = copied.get("date")
        del copied["date"]
        copied["Date"] = format_datetime(received.replace(tzinfo=UTC))
        if old is not None:
            del copied["x-original-date"]
            copied["X-Original-Date"] = str(old)
    return copied


def _is_to_be_replaced(msg: Any, wanted: str, skew: Any, received: datetime) -> bool:
    value = msg.get("date")
    if value is None or wanted == "always":
        return True
    if wanted == "never":
        return False
    moment = moment_of(str(value))
    return moment is None or abs(moment - received) > skew


def moment_of(date: str) -> datetime | None:
    """The moment (naive UTC) that a Date field names, or None if it names none."""
    try:
        moment = parsedate_to_datetime(date)
        if moment.tzinfo is None:
            # -0000: UTC, and nothing is known of the zone (RFC 5322, section 3.3).
            return moment
        return moment.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
