"""The message that a report is about (RFC 6522, section 3; RFC 5965, section 2)."""

from __future__ import annotations

from typing import Any

from mmcore.message.message import Message
from mmcore.message.parts import parts_of

_WHOLE = ("message/rfc822", "message/global")
_HEADERS = ("text/rfc822-headers", "message/rfc822-headers", "message/global-headers")


def original_of(report: Any) -> Message | None:
    """The message that is enclosed in a report, or its header; None without either."""
    waiting = [report]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if kind in _WHOLE:
            return next(iter(parts_of(part)), None)
        if kind in _HEADERS:
            data = part.get_payload(decode=True)
            return Message.parse(data if isinstance(data, bytes) else bytes(part.body_bytes()))
        if part.get_content_maintype() == "multipart":
            waiting.extend(reversed(parts_of(part)))
    return None
