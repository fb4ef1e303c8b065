"""Compares header fields with patterns of a list, in the way of old configurations.

Header matches (`mmcore.chains.header_match`) do more.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.message.values import FieldValues
from mmcore.rules.base import add_reason
from mmcore.services.searching import searched

log = logging.getLogger("mmcore.vette")

#: How much of a value is shown to moderators.
_SHOWN = 500


@lru_cache(maxsize=1024)
def _patterns(text: str) -> tuple[tuple[str, str], ...]:
    """(header, pattern) of each line; lines that are none are logged, once a process."""
    result = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        header, colon, pattern = line.partition(":")
        if colon and header.strip():
            result.append((header.strip().lower(), pattern.strip()))
        else:
            log.error("bounce_matching_headers: not «header: pattern»: %r", line)
    return tuple(result)


@rule
@implementer(IRule)
class SuspiciousHeader:
    """Hits when a field of the message, not of its parts, fits `bounce_matching_headers`."""

    name = "suspicious-header"
    description = mark("A header field looks suspicious to the list.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        patterns = _patterns(mlist.bounce_matching_headers or "")
        if not patterns:
            return False
        values = FieldValues(msg, parts=False)
        # Old patterns may mean what was written, or what a reader sees.
        searches = [
            (pattern, values.texts(header) + values.written(header))
            for header, pattern in patterns
        ]
        for (_pattern, texts), where in zip(searches, searched(searches), strict=False):
            if where is not None:
                reason = (
                    mark("A header field contains what this list does not let pass: {}"),
                    texts[where][:_SHOWN],
                )
                add_reason(msgdata, msg.sender, reason)
                return True
        return False
