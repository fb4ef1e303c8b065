"""Run as a process of its own: tries regular expressions that may take for ever.

Python's `re` cannot be interrupted from another thread, and holds the
interpreter's lock while it works.  In the only thread of a process a signal can
stop it.  Reads `[patterns, texts, seconds, limit]` as JSON, writes `[found, slow]`.

It is started by its path, without the packages of the site, so that it is there
in some 15 ms: it may import the standard library only.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import time
import warnings
from types import FrameType


def _stop(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def try_all(
    patterns: list[str], texts: list[str], seconds: float, limit: float
) -> tuple[bool, list[str]]:
    """Whether a pattern matches one of the texts, and which took longer than they may.

    A pattern has so many seconds for all texts; after `limit` no other is begun.
    """
    slow = []
    end = time.monotonic() + limit
    before = signal.signal(signal.SIGALRM, _stop)
    try:
        for pattern in patterns:
            if time.monotonic() > end:
                break
            try:
                signal.setitimer(signal.ITIMER_REAL, seconds)
                found = any(re.match(pattern, text, re.IGNORECASE) for text in texts)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except TimeoutError:
                slow.append(pattern)
                continue
            if found:
                return True, slow
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return False, slow


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump(try_all(*json.load(sys.stdin)), sys.stdout)
