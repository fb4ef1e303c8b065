"""Regular expressions searched for in values of header fields, in bounded time.

Many lists have hundreds of them, and everybody may send a value that is long
and made to be slow.  What a pattern can cost grows with the length of the value,
once for each repeat in it; as long as that is little it is searched for at once.
The rest goes to the process that `mmcore.services.patterns` tells about, all of
a message together.  What takes too long counts as not found, and the log says so.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from math import factorial
from typing import Any, NamedTuple

from mmcore.services import patterns
from mmcore.services.literals import required
from mmcore.services.patterns import (
    NotTriedError,
    PatternError,
    compiled,
    cost,
    plain,
    rests,
    try_slowly,
)

log = logging.getLogger("mmcore.patterns")

#: How much of a value is looked at.
MAX_LENGTH = 10_000
#: Steps of some ten nanoseconds that a pattern may take with one value before it is slow.
MAX_STEPS = 10_000_000

# What finds the same without: anything before or after what is looked for.
_BEFORE = re.compile(r"\^?\.\*\??(?![?*+{])")
_AFTER = re.compile(r"((?:\A|[^\\])(?:\\\\)*)\.\*\??\$?\Z")


class _Ready(NamedTuple):
    """A pattern that can be searched for at once in a text that is not longer than `longest`."""

    find: Callable[[str], Any]
    longest: int
    #: In lower case; what does not have it need not be searched.
    required: str


def _essence(pattern: str) -> str:
    """The pattern without `.*` around it, which is slow and finds nothing else."""
    begin = _BEFORE.match(pattern)
    return _AFTER.sub(r"\1", pattern[begin.end() if begin else 0 :])


def _is_anchored(pattern: str) -> bool:
    """Whether the pattern can match at the start of a text only."""
    depth = 0
    for sign in plain(pattern):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and depth == 0:
            return False
    return pattern.startswith("^")


@lru_cache(maxsize=32768)
def _prepared(pattern: str) -> _Ready | None:
    """What searches for a pattern; None, and a line in the log, if it is none."""
    try:
        compiled(pattern)
    except PatternError as error:
        log.error("Not searched for: %r: %s", pattern, error)
        return None
    short = _essence(pattern)
    anchored = _is_anchored(short)
    ready = compiled(short)
    find = ready.match if anchored else ready.search
    expected = cost(short)
    if expected is None:
        return _Ready(find, 0, required(short))
    repeats, ways = expected
    loops = max(1, repeats + (not anchored))
    # So many loops divide a text of `longest` characters in at most so many steps.
    longest = int((MAX_STEPS * factorial(loops) / ways) ** (1 / loops))
    return _Ready(find, min(MAX_LENGTH, longest), required(short))


class _Lowered(dict[tuple[str, ...], str]):
    """Texts -> all of them in one, in lower case; '' unless they are ASCII.

    Other alphabets have letters that are the same to `re` and different in lower case.
    """

    def __missing__(self, texts: tuple[str, ...]) -> str:
        ascii_only = all(text.isascii() for text in texts)
        self[texts] = "\n".join(texts).lower() if ascii_only else ""
        return self[texts]


def searched(searches: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[int | None]:
    """Search for patterns, in any letter case, each in texts of its own.

    Yields for each of them, in their order, the number of the first of its texts
    that it is found in, or None.  Who has seen enough just stops.  Of each text
    the first `MAX_LENGTH` characters count.  Takes `patterns.ALL_LIMIT` seconds
    or little more for those that are quick, and as many for those that are not;
    after that it ends early.
    """
    slowly: dict[int, int] | None = None
    lowered = _Lowered()
    deadline = time.monotonic() + patterns.ALL_LIMIT
    for number, (pattern, texts) in enumerate(searches):
        ready = _prepared(pattern) if texts else None
        if ready is None or _is_hopeless(ready, lowered[texts]):
            yield None
        elif _is_quick(ready, texts):
            if time.monotonic() > deadline:
                log.error("Regular expressions from %r on were not tried in time", pattern)
                return
            yield _first(ready.find, texts, deadline)
        else:
            if slowly is None:
                began = time.monotonic()
                slowly = _searched_slowly(searches, number, lowered)
                # That has a limit of its own.
                deadline += time.monotonic() - began
            yield slowly.get(number)


def _first(find: Callable[[str], Any], texts: tuple[str, ...], deadline: float) -> int | None:
    for number, text in enumerate(texts):
        if number and time.monotonic() > deadline:
            break
        if find(text):
            return number
    return None


def _is_hopeless(ready: _Ready, text: str) -> bool:
    return bool(text) and ready.required not in text


def _is_quick(ready: _Ready, texts: tuple[str, ...]) -> bool:
    return all(len(text) <= ready.longest for text in texts)


def _searched_slowly(
    searches: Sequence[tuple[str, tuple[str, ...]]], start: int, lowered: _Lowered
) -> dict[int, int]:
    """Search for all that may take long, from one on; number of it -> number of the text."""
    numbers: list[int] = []
    jobs: list[tuple[str, int]] = []
    groups: dict[tuple[str, ...], int] = {}
    for number, (pattern, texts) in enumerate(searches[start:], start):
        ready = _prepared(pattern) if texts else None
        if ready is None or _is_hopeless(ready, lowered[texts]):
            continue
        if _is_quick(ready, texts) or rests(pattern):
            continue
        cut = tuple(text[:MAX_LENGTH] for text in texts[: patterns.MAX_TEXTS])
        numbers.append(number)
        jobs.append((pattern, groups.setdefault(cut, len(groups))))
    if not jobs:
        return {}
    try:
        found = try_slowly("search", jobs, list(groups), False)
    except NotTriedError:
        return {}
    return {numbers[job]: where for job, where in found.items()}
