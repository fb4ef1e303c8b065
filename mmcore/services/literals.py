"""A text that must be there wherever a regular expression is found.

To look for a text is some thirty times as fast as to search for a pattern, and
most patterns of administrators contain a word: whatever does not have the word
need not be searched.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\}|.", re.DOTALL)
# What makes the signs of a pattern mean something else: comments, and white space without meaning.
_OTHERWISE = re.compile(r"\(\?(?:#|[a-zA-Z-]*x)")
# Escapes that stand for a kind of character, or for a place between two.
_KINDS = frozenset(rf"\{sign}" for sign in "AbBdDsSwWZ")
_SPECIAL = frozenset(".^$*+?{}()|[]\\")
#: Shorter ones are in too many texts.
_SHORTEST = 3


def required(pattern: str) -> str:
    """The longest text, in lower case, that is in all that the pattern matches; '' for none.

    It is right for patterns that compile, in texts of ASCII characters, of any letter case.
    """
    if not pattern.isascii() or _OTHERWISE.search(pattern):
        return ""
    runs = [""]
    depth = 0
    for token in _TOKEN.findall(pattern):
        if token == "|" and depth == 0:
            return ""
        depth += (token == "(") - (token == ")")
        literal = _literal(token)
        if literal is None:
            return ""
        if literal and depth == 0:
            runs[-1] += literal
            continue
        if token[0] in "*?{":
            # What came last may be missing.
            runs[-1] = runs[-1][:-1]
        runs.append("")
    longest = max(runs, key=len)
    return longest.lower() if len(longest) >= _SHORTEST else ""


def _literal(token: str) -> str | None:
    """The character that a token stands for; '' for something else, None for who knows what."""
    if len(token) == 1:
        return "" if token in _SPECIAL else token
    if token[0] != "\\" or token in _KINDS:
        return ""
    return None if token[1].isalnum() else token[1]
