"""Mail that a program wrote by itself: whoever answers it begins a conversation of programs."""

from __future__ import annotations

import re
from typing import Any

#: What programs set that answer mail and do not know RFC 3834.
_MARKS = ("x-autoreply", "x-autorespond", "x-autoresponder")


def _field(msg: Any, name: str) -> str:
    return str(msg.get(name, "")).strip().lower()


def is_automatic(msg: Any) -> bool:
    """Whether a program wrote the message by itself; nothing ever answers such a one.

    `Auto-Submitted` says so, or the null reverse-path of notices (RFC 3834, section 2).
    """
    keyword = re.split(r"[;(\s]", _field(msg, "auto-submitted"), maxsplit=1)[0]
    if keyword not in ("", "no") or any(name in msg for name in _MARKS):
        return True
    # Ours is the last one; any other was in the message when it came.
    reverse_path = [str(value).strip() for value in msg.get_all("x-mailfrom", [])][-1:]
    if "<>" in (_field(msg, "return-path"), *reverse_path):
        return True
    return msg.get_content_type() in ("multipart/report", "message/delivery-status")
