"""Run as a process of its own: tries regular expressions that may take for ever.

Python's `re` cannot be interrupted from another thread, and holds the
interpreter's lock while it works.  In the only thread of a process a signal can
stop it.  Reads `[patterns, text, seconds]` as JSON, writes `[found, slow]`.

It is started by its path, without the packages of the site, so that it is there
in some 15 ms: it may import the standard library only.
"""

from __future__ import annotations

import json
import re
import signal
import sys
import warnings
from types import FrameType


def _stop(number: int, frame: FrameType | None) -> None:
    raise TimeoutError


def try_all(patterns: list[str], text: str, seconds: float) -> tuple[bool, list[str]]:
    """Whether one of the patterns matches, and which took longer than they may."""
    slow = []
    before = signal.signal(signal.SIGALRM, _stop)
    try:
        for pattern in patterns:
            try:
                signal.setitimer(signal.ITIMER_REAL, seconds)
                found = re.match(pattern, text, re.IGNORECASE)
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
