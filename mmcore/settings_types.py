"""The kinds of value that a setting may have, and how their text is read.

A kind turns the text of the ini file into a Python value and back, and says in
words what it expects, so that a bad value is answered with advice rather than
a traceback.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TRUE = {"1", "yes", "true", "on", "enable", "enabled"}
_FALSE = {"0", "no", "false", "off", "disable", "disabled"}
_SECONDS = {"w": 604800.0, "d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
_BYTES = {"": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?[wdhms])+", re.IGNORECASE)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)([wdhms])", re.IGNORECASE)
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG]?B|)", re.IGNORECASE)
# Deliberately loose (RFC 5321 has the last word when mail is sent): it only
# has to tell an address from something else.
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@<>,;:\"()\[\]]+")


@dataclass(frozen=True)
class Kind:
    """A kind of value.

    `parse` raises ValueError for a text that it cannot read; `show` is its
    inverse.  Values of a `secret` kind are not shown in listings.
    """

    name: str
    expected: str
    parse: Callable[[str], Any]
    show: Callable[[Any], str] = str
    secret: bool = False


@dataclass(frozen=True)
class Key:
    """One setting; `default` is written as it would stand in the ini file."""

    name: str
    kind: Kind
    default: str
    meaning: str


def parse_bool(text: str) -> bool:
    """Read yes/no and their synonyms; raises ValueError."""
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError(text)


def parse_duration(text: str) -> timedelta:
    """Read `1d6h`, `0.5s`, or `0`; raises ValueError."""
    text = text.strip()
    if text == "0":
        return timedelta()
    if not _DURATION.fullmatch(text):
        raise ValueError(text)
    seconds = sum(
        float(number) * _SECONDS[unit.lower()] for number, unit in _DURATION_PART.findall(text)
    )
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(text) from None


def show_duration(value: timedelta) -> str:
    """Write a duration the way `parse_duration` reads it."""
    rest = value.total_seconds()
    parts = []
    # No weeks: 180d is what people write.
    for unit, seconds in list(_SECONDS.items())[1:-1]:
        count, rest = divmod(rest, seconds)
        if count:
            parts.append(f"{int(count)}{unit}")
    if rest:
        parts.append(f"{rest:g}s")
    return "".join(parts) or "0"


def parse_size(text: str) -> int:
    """Read a number of bytes such as `10MB`, `512 KB` or `1000`; raises ValueError."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(text)
    return int(float(match[1]) * _BYTES[match[2].upper() if match[2].upper() != "B" else ""])


def show_size(value: int) -> str:
    """Write a number of bytes in the largest unit that loses nothing."""
    for unit in ("GB", "MB", "KB"):
        if value and value % _BYTES[unit] == 0:
            return f"{value // _BYTES[unit]}{unit}"
    return str(value)


def _parse_int(text: str) -> int:
    if not re.fullmatch(r"\d+", text.strip()):
        raise ValueError(text)
    return int(text)


def _parse_positive(text: str) -> int:
    number = _parse_int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _parse_port(text: str) -> int:
    number = _parse_positive(text)
    if number > 65535:
        raise ValueError(text)
    return number


def _parse_one(text: str) -> int:
    if text.strip() != "1":
        raise ValueError(text)
    return 1


def _parse_power_of_two(text: str) -> int:
    number = _parse_positive(text)
    if number & (number - 1) or number > 256:
        raise ValueError(text)
    return number


def _parse_email(text: str) -> str:
    if not _EMAIL.fullmatch(text.strip()):
        raise ValueError(text)
    return text.strip()


def _parse_word(text: str) -> str:
    word = text.strip()
    if not word or len(word.split()) != 1:
        raise ValueError(text)
    return word


def _parse_regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error:
        raise ValueError(text) from None
    return text


def _parse_regexes(text: str) -> tuple[str, ...]:
    return tuple(_parse_regex(word) for word in text.split())


def _parse_networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(word) for word in text.split())


def _show_networks(value: tuple[Network, ...]) -> str:
    # One address is written as one.
    return " ".join(str(net[0] if net.num_addresses == 1 else net) for net in value)


def _parse_lines(text: str) -> tuple[str, ...]:
    return tuple(stripped for line in text.splitlines() if (stripped := line.strip()))


def _show_lines(value: tuple[str, ...]) -> str:
    return "\n".join(value)


def _show_bool(value: bool) -> str:
    return "yes" if value else "no"


def choice(*names: str) -> Kind:
    """The kind whose values are the given names."""

    def parse(text: str) -> str:
        word = text.strip().lower()
        if word not in names:
            raise ValueError(text)
        return word

    return Kind("choice", "one of " + ", ".join(names), parse)


BOOL = Kind(
    "bool", "yes or no (true/false, on/off, 1/0, enabled/disabled)", parse_bool, _show_bool
)
INT = Kind("int", "a whole number, 0 or more", _parse_int)
POSITIVE = Kind("int", "a whole number, 1 or more", _parse_positive)
POWER_OF_TWO = Kind("int", "a power of two: 1, 2, 4, 8 … 256", _parse_power_of_two)
ONE = Kind("int", "1: this runner cannot be divided into slices", _parse_one)
PORT = Kind("port", "a port number, 1 to 65535", _parse_port)
DURATION = Kind(
    "duration",
    "a duration such as 30s, 1.5h or 1d6h (units w d h m s)",
    parse_duration,
    show_duration,
)
SIZE = Kind("size", "a number of bytes such as 500KB or 10MB", parse_size, show_size)
EMAIL = Kind("email", "an e-mail address such as postmaster@example.com", _parse_email)
WORD = Kind("word", "one word", _parse_word)
WORDS = Kind("words", "words separated by blanks", lambda text: tuple(text.split()), " ".join)
REGEX = Kind("regex", "a regular expression", _parse_regex)
REGEXES = Kind("regexes", "regular expressions separated by blanks", _parse_regexes, " ".join)
NETWORKS = Kind(
    "networks",
    "addresses and networks such as 127.0.0.1 ::1 10.0.0.0/8, separated by blanks",
    _parse_networks,
    _show_networks,
)
TEXT = Kind("text", "any text", str.strip)
LINES = Kind(
    "lines", "text of several lines; all but the first are indented", _parse_lines, _show_lines
)
SECRET = Kind("text", "any text", str.strip, secret=True)
#: A text in which `%(name)s` is not ours to replace: `logging` does that.
LOG_FORMAT = Kind(
    "format", "a format of Python's logging, such as %(asctime)s %(message)s", str.strip
)
#: A path is absolute once `mmcore.config` has resolved it.
PATH = Kind("path", "a path, which may begin with another path's $name", Path)
