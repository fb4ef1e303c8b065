"""Regular expressions that administrators enter, matched in bounded time.

A backtracking engine can need years for a short pattern such as `^(a+)+$`, and
Python's does not let any other thread run meanwhile.  So a pattern that may
take long (repeats in repeats, or too many choices) is tried in a process of its
own, which gives up in time; then it counts as not matching, and the log says so.
If that happens again and again, the pattern is left alone for a while: whoever
sends the texts that it is slow with shall not keep a process busy.

All others, which are nearly all, are matched at once.  Addresses are matched
here, values of header fields in `mmcore.services.searching`.
"""

from __future__ import annotations

import json
import logging
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from mmcore.errors import MMCoreError

log = logging.getLogger("mmcore.patterns")

#: Characters of a pattern: those of some two thousand compile in two seconds at worst.
MAX_LENGTH = 2000
#: How much of a text is looked at.  No address is longer (RFC 5321, 4.5.3.1).
MAX_SUBJECT = 320
#: Seconds that one pattern, and that all together may take.
ONE_LIMIT, ALL_LIMIT = 0.25, 3.0
#: Of several texts, how many are tried with patterns that may take long.
MAX_TEXTS = 100
#: How often a pattern may take too long before it is not tried for so many seconds.
MAX_FAILURES, REST = 5, 600.0

_HELPER = Path(__file__).with_name("pattern_helper.py")
# Escaped characters and sets stand for one character each, whatever is in them.
_ATOM = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_BACK_REFERENCE = re.compile(r"\\[1-9]|\(\?P=|\(\?\(")
# A repeated group, or white space that does not count before its repetition.
_REPEATED_GROUP = re.compile(r"\)[*+{]|\(\?[a-zA-Z-]*x")
_REPEATS = re.compile(r"[*+{]")
# Groups, branches, and what may be left out; but not what follows `(` or makes a repeat lazy.
_CHOICE = re.compile(r"[()|]|(?<![(*+?}])\?")
_MAX_REPEATS, _MAX_WAYS = 2, 256

# pattern -> how often it took too long, and when it did last.
_failures: dict[str, tuple[int, float]] = {}


class PatternError(MMCoreError, ValueError):
    """A text is no regular expression, or too long for one."""


class NotTriedError(MMCoreError):
    """The process that tries patterns did not answer."""


@lru_cache(maxsize=32768)
def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern for any letter case; raises PatternError."""
    if len(pattern) > MAX_LENGTH:
        raise PatternError(f"A regular expression has at most {MAX_LENGTH} characters")
    try:
        with warnings.catch_warnings():
            # «Possible nested set» is for programmers.
            warnings.simplefilter("ignore")
            return re.compile(pattern, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise PatternError(f"Not a regular expression: {error}") from error


def plain(pattern: str) -> str:
    """The pattern with a letter in place of each escaped character and set."""
    return _ATOM.sub("x", pattern)


def cost(pattern: str) -> tuple[int, int] | None:
    """What trying a pattern may cost: (loops over the text, ways through it without them).

    None if there is no telling, because repeats lie in repeats.
    """
    signs = plain(pattern)
    if _BACK_REFERENCE.search(pattern) or _REPEATED_GROUP.search(signs):
        return None
    ways, branches = 1, [1]
    for sign in _CHOICE.findall(signs):
        if sign == "|":
            branches[-1] += 1
        elif sign == "(":
            branches.append(1)
        elif sign == ")":
            ways *= branches.pop()
        else:
            ways *= 2
    return len(_REPEATS.findall(signs)), ways * branches.pop()


def may_take_long(pattern: str) -> bool:
    """Whether matching an address could take more than some milliseconds."""
    expected = cost(pattern)
    return expected is None or expected[0] > _MAX_REPEATS or expected[1] > _MAX_WAYS


@lru_cache(maxsize=512)
def _divided(patterns: tuple[str, ...]) -> tuple[list[re.Pattern[str]], tuple[str, ...]]:
    """Those to match at once, and those that may take long."""
    quick, slow = [], []
    for pattern in patterns:
        try:
            ready = compiled(pattern)
        except PatternError as error:
            # Stored by an older release, for example, under another Python.
            log.error("Not matched: %r: %s", pattern, error)
            continue
        if may_take_long(pattern):
            slow.append(pattern)
        else:
            quick.append(ready)
    return quick, tuple(slow)


def rests(pattern: str) -> bool:
    """Whether a pattern took too long too often; after a while it gets another chance."""
    count, last = _failures.get(pattern, (0, 0.0))
    if count < MAX_FAILURES:
        return False
    if time.monotonic() - last < REST:
        return True
    _failures.pop(pattern, None)
    return False


def _failed(pattern: str, texts: tuple[str, ...]) -> None:
    """Remember that a pattern took too long."""
    count = _failures.get(pattern, (0, 0.0))[0] + 1
    _failures[pattern] = (count, time.monotonic())
    shown = [text[:100] for text in texts[:5]]
    log.error("Regular expression %r took too long for %r", pattern, shown)
    if count == MAX_FAILURES:
        log.error("Regular expression %r is not tried for %.0f seconds", pattern, REST)


def try_slowly(
    method: str, jobs: Sequence[tuple[str, int]], groups: Sequence[tuple[str, ...]], first: bool
) -> dict[int, int]:
    """Have a process of its own try patterns, each with a group of texts.

    See `pattern_helper.try_all`.  Returns number of the job -> number of the text.
    Raises NotTriedError, after it has logged it.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_HELPER)],
            input=json.dumps([method, jobs, groups, first, ONE_LIMIT, ALL_LIMIT]),
            stdout=subprocess.PIPE, text=True, check=True, timeout=2 * ALL_LIMIT,
        )  # fmt: skip
        found, slow = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        # No memory for a process, say.
        log.error("%d regular expressions were not tried in time: %s", len(jobs), error)
        raise NotTriedError from error
    for number in slow:
        pattern, group = jobs[number]
        _failed(pattern, groups[group])
    return dict(found)


@lru_cache(maxsize=1024)
def _matches_slowly(patterns: tuple[str, ...], texts: tuple[str, ...]) -> bool:
    return bool(try_slowly("match", [(pattern, 0) for pattern in patterns], [texts], True))


def matches_any(patterns: Iterable[str], *texts: str) -> bool:
    """Whether a pattern matches at the start of one of the texts, in any letter case.

    Takes `ALL_LIMIT` seconds or little more.
    """
    quick, slow = _divided(tuple(patterns))
    cut = tuple(text[:MAX_SUBJECT] for text in texts)
    if any(pattern.match(text) for pattern in quick for text in cut):
        return True
    waiting = tuple(pattern for pattern in slow if not rests(pattern))
    try:
        return bool(waiting and cut) and _matches_slowly(waiting, cut[:MAX_TEXTS])
    except NotTriedError:
        return False
