"""Whether an address is among the recipients of an entry or a delivery, without a list of them."""

from __future__ import annotations

from typing import Any


def find_address(recipients: Any, email: str) -> int | None:
    """The index of an address among recipients, in any letter case.

    `recipients` is None, a sequence, or has a method `emails()` that gives one; what is kept as a
    text is searched as it is.
    """
    email = email.lower()
    if hasattr(recipients, "emails"):
        recipients = recipients.emails()
    text = getattr(recipients, "text", None)
    if text is None:
        for index, known in enumerate(recipients or ()):
            if known.lower() == email:
                return index
        return None
    text = text.lower()
    at = text.find(email)
    while at >= 0:
        end = at + len(email)
        if (not at or text[at - 1] == "\n") and text[end : end + 1] in ("", "\n"):
            return int(text.count("\n", 0, at))
        at = text.find(email, at + 1)
    return None
