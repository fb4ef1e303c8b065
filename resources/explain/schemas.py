"""Parameters of an explanation."""

from __future__ import annotations

from typing import Any

from mmcore.message.addresses import is_valid
from resources.fields import boolean, email, field, language, line, natural, text
from resources.parameters import Parameters


def reverse_path(value: Any) -> str:
    """An envelope sender; the null one is empty or `<>` (RFC 5321, section 4.5.5)."""
    result = line(value)
    if result in ("", "<>"):
        return ""
    if not is_valid(result):
        raise ValueError(f"Expected a valid email address, got {result}")
    return result


class Asking(Parameters):
    """POST to the explanations of a list."""

    message = field(text, missing=None)
    held = field(natural, missing=None)
    sender = field(reverse_path, missing=None)
    member = field(email, missing=None)
    as_if_accepted = field(boolean, missing=False)
    to_owner = field(boolean, missing=False)
    language = field(language, missing=None)
