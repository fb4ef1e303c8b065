"""Replies of SMTP servers, where people and programs quote them (RFC 5321, 3463)."""

from __future__ import annotations

import re
from typing import NamedTuple

# Not within a number or an IP address.
_ENHANCED = re.compile(r"(?<![\w.])#?([245]\.\d{1,3}\.\d{1,3})(?![\w]|\.\d)", re.ASCII)
_CODE = re.compile(
    r"(?<![\w.\-])([245]\d\d)(?:[ \-]#?\(?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d))?(?=[ :;,\-]|$)",
    re.ASCII,
)
_LEADING = re.compile(
    r"([245]\d\d)(?:[ \-]|$) *(?:#?[245]\.\d{1,3}\.\d{1,3}(?=[ :]|$)[ :]*)?", re.ASCII
)
_BEFORE_REPLIES = (":", "=", "(", "#", "error", "code")
#: A reply begins with its codes; a number further back is something else.
_BEGINNING = 200


class Codes(NamedTuple):
    """Reply code, 0 if there is none, and enhanced status code, '' if there is none."""

    code: int = 0
    enhanced: str = ""


def enhanced_code(text: str) -> str:
    """The first enhanced status code at the beginning of a text, or ''."""
    found = _ENHANCED.search(text, 0, _BEGINNING)
    return "" if found is None else found[1]


def codes_of(text: str) -> Codes:
    """The codes that a quoted reply begins with, as far as it has any; never raises."""
    found = _CODE.search(text, 0, _BEGINNING)
    if found is None:
        return Codes(0, enhanced_code(text))
    enhanced = found[2] or enhanced_code(text)
    # What belongs to another class belongs to something else.
    return Codes(int(found[1]), enhanced if enhanced[:1] == found[1][0] else "")


def words_of(text: str, code: int) -> str:
    """A reply without the codes that it begins with, if it does and says more than these."""
    found = _LEADING.match(text)
    if found is None or int(found[1]) != code:
        return text
    return text[found.end() :].strip() or text


def quoted_reply(lines: list[str], near: str = "") -> str:
    """The lines of a text that look most like a server's refusal, '' if none do.

    With `near`, a text such as an address, lines from the first one with it on go before others.
    """
    start = next((at for at, line in enumerate(lines) if near and near in line.lower()), 0)
    ordered = [*range(start, len(lines)), *range(start)]
    for looks_like in (_reply_at, _status_at):
        for at in ordered:
            column = looks_like(lines[at])
            if column is not None:
                return _with_next(lines, at, column)
    return ""


def _reply_at(line: str) -> int | None:
    """Where a reply begins in a line."""
    found = _CODE.search(line)
    if found is None or found[1][0] == "2":
        return None
    before = line[: found.start()].rstrip()
    # At the left, or after words like `said:`; other numbers are prices and port numbers.
    begins = not before.strip("> <-'\"(*") or before.endswith(_BEFORE_REPLIES)
    return found.start() if found[2] or begins else None


def _status_at(line: str) -> int | None:
    """Where the words begin that belong to an enhanced status code."""
    found = _ENHANCED.search(line)
    return None if found is None or found[1][0] == "2" else 0


def _with_next(lines: list[str], at: int, column: int) -> str:
    """A line from a column on, with the next one: texts for people are wrapped."""
    return " ".join(" ".join([lines[at][column:], *lines[at + 1 : at + 2]]).split())
