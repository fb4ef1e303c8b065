"""Run as a process of its own: tries regular expressions that may take for ever.

Python's `re` cannot be interrupted from another thread, and holds the
interpreter's lock while it works.  In the only thread of a process a signal can
stop it.  Reads the arguments of `try_all` as JSON, writes what it returns.

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
    method: str,
    jobs: list[tuple[str, int]],
    groups: list[list[str]],
    first: bool,
    seconds: float,
    limit: float,
) -> tuple[list[tuple[int, int]], list[int]]:
    """Try patterns, each with the texts of the group whose number it has.

    `method` is `match` or `search`.  A pattern has so many seconds for all of
    its texts; after `limit` no other is begun; with `first` the first that is
    found is enough.  Returns ([(number of the job, number of its first text
    that has the pattern)], numbers of the jobs that took longer than they may).
    """
    found: list[tuple[int, int]] = []
    slow: list[int] = []
    end = time.monotonic() + limit
    before = signal.signal(signal.SIGALRM, _stop)
    try:
        for number, (pattern, group) in enumerate(jobs):
            if time.monotonic() > end or (first and found):
                break
            try:
                signal.setitimer(signal.ITIMER_REAL, seconds)
                tried = getattr(re.compile(pattern, re.IGNORECASE), method)
                where = next((at for at, text in enumerate(groups[group]) if tried(text)), None)
                signal.setitimer(signal.ITIMER_REAL, 0)
            except TimeoutError:
                slow.append(number)
                continue
            if where is not None:
                found.append((number, where))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    return found, slow


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    json.dump(try_all(*json.load(sys.stdin)), sys.stdout)
