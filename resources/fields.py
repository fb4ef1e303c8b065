"""Types of request parameters, as colander nodes.

A type is a function that converts what a client sent (text from a form, any
JSON value) and raises ValueError with the reason that the client is told.
`field(convert)` makes a required node of it, `field(convert, missing=drop)` an
optional one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import colander

import i18n
from mmcore.message.addresses import is_valid
from mmcore.services import passwords
from mmcore.services.patterns import compiled

drop = colander.drop

TRUE = frozenset(("true", "yes", "1", "on", "enable", "enabled"))
FALSE = frozenset(("false", "no", "0", "off", "disable", "disabled"))
#: Seconds of the units of a duration, largest first.
UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
DURATION = re.compile("".join(rf"(?:(?P<{unit}>[0-9]+(?:\.[0-9]+)?){unit})?" for unit in UNITS))


class Converted(colander.SchemaType):
    """A colander type made of one conversion function."""

    def __init__(self, convert: Callable[[Any], Any]) -> None:
        self.convert = convert

    def deserialize(self, node: colander.SchemaNode, cstruct: Any) -> Any:
        """See colander; absent values stay absent."""
        if cstruct is colander.null:
            return colander.null
        try:
            return self.convert(cstruct)
        except ValueError as error:
            raise colander.Invalid(node, str(error)) from error


def field(
    convert: Callable[[Any], Any], missing: Any = colander.required, **options: Any
) -> colander.SchemaNode:
    """A node of the type `convert`."""
    return colander.SchemaNode(Converted(convert), missing=missing, **options)


def text(value: Any) -> str:
    """Any text."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"Expected a text, got {value!r}")
    result = str(value)
    try:
        result.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("Not a Unicode text") from None
    return result


def line(value: Any) -> str:
    """Text without a line break, RFC 5322 fields being made of it."""
    result = text(value)
    if "\n" in result or "\r" in result:
        raise ValueError(f"This value must be a single line: {result}")
    return result


def list_name(value: Any) -> str:
    """A list-id, or the posting address that it was made of."""
    return line(value).strip().lower().replace("@", ".", 1)


def person_name(value: Any) -> str:
    """A name on one line; clients send the text `None` for no name."""
    result = line(value)
    return "" if result == "None" else result


def boolean(value: Any) -> bool:
    """A truth value."""
    if isinstance(value, bool):
        return value
    word = value.lower() if isinstance(value, str) else None
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(f"Invalid boolean value: {value}")


def natural(value: Any) -> int:
    """A number of 0 or more."""
    number = integer(value)
    if number < 0:
        raise ValueError(f"Expected a non-negative integer: {value}")
    return number


def integer(value: Any) -> int:
    """A whole number."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"invalid literal for int() with base 10: '{value}'") from None


def kilobytes(value: Any) -> float:
    """A size, 0 or more, with a fraction."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError(f"Expected a number: {value}")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ValueError(f"could not convert string to float: '{value}'") from None
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"Expected a non-negative number: {value}")
    return number


def duration(value: Any) -> timedelta:
    """A time span such as `7d` or `1d2h3m4s`."""
    match = DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError("")
    seconds = sum(float(match[unit]) * UNITS[unit] for unit in UNITS if match[unit])
    try:
        return timedelta(seconds=seconds)
    except OverflowError:
        raise ValueError(f"Too long: {value}") from None


def moment(value: Any) -> datetime:
    """A time (ISO 8601), without an offset in UTC, as the tree has times: naive UTC."""
    try:
        found = datetime.fromisoformat(value)
        return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"Expected a time such as 2026-01-31T12:00:00: {value}") from None


def enumeration(kind: type[Enum]) -> Callable[[Any], Enum]:
    """The name of a member of an enumeration."""
    names = {member.name: member for member in kind}

    def convert(value: Any) -> Enum:
        if isinstance(value, str) and value in names:
            return names[value]
        raise ValueError(f"Accepted Values are: {', '.join(names)}")

    return convert


def blank_or(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Another type, or a blank value that unsets (None)."""

    def convert_or_unset(value: Any) -> Any:
        return None if value is None or value is False or value == "" else convert(value)

    return convert_or_unset


def language(value: Any) -> str:
    """A language that mmcore speaks."""
    if isinstance(value, str) and i18n.language(value) is not None:
        return value
    raise ValueError(f"Unknown language: {value}")


def strings(value: Any) -> list[str]:
    """One text or several; the empty text is no text at all."""
    if value == "":
        return []
    if isinstance(value, str):
        return [text(value)]
    if not isinstance(value, list):
        raise ValueError(f"Expected str, got {value!r}")
    for item in value:
        if not isinstance(item, str):
            raise ValueError(f"Expected str, got {item!r}")
    return [text(item) for item in value]


def email(value: Any) -> str:
    """One address."""
    if isinstance(value, str) and is_valid(value):
        return value
    raise ValueError(f"Expected a valid email address, got {value}")


def subscriber(value: Any) -> str:
    """An address, or an id of a user in the form of either API version."""
    result = line(value)
    if is_valid(result) or re.fullmatch("[0-9]{1,39}", result):
        return result
    try:
        UUID(result)
    except ValueError:
        raise ValueError("") from None
    return result


def pattern(value: Any) -> str:
    """One address, or a regular expression that begins with `^`."""
    expected = "Expected a valid email address or regular expression"
    if not isinstance(value, str):
        raise ValueError(f"{expected}, got {value}")
    return _pattern(text(value), expected)


def regex(value: Any) -> str:
    """Any regular expression, also an empty one."""
    result = text(value)
    try:
        compiled(result)
    except ValueError:
        raise ValueError(f"Expected a valid regexp, got {result}") from None
    return result


def patterns(value: Any) -> list[str]:
    """Addresses, and regular expressions that begin with `^`."""
    return [_pattern(item, "Expected a valid email address or regular expression")
            for item in strings(value)]  # fmt: skip


def patterns_and_lists(value: Any) -> list[str]:
    """The same, and `@` with the posting address of a list, for its members."""
    expected = "Expected a valid email address, regular expression or @fqdn_listname"
    return [
        item if item.startswith("@") and is_valid(item[1:]) else _pattern(item, expected)
        for item in strings(value)
    ]


def _pattern(item: str, expected: str) -> str:
    if item.startswith("^"):
        try:
            compiled(item)
        except ValueError:
            raise ValueError(f"{expected}, got {item}") from None
        return item
    if not is_valid(item):
        raise ValueError(f"{expected}, got {item or 'empty'}")
    return item


def aliases(value: Any) -> list[str]:
    """Further addresses of a list: each has an `@` or begins with `^`."""
    found = strings(value)
    for item in found:
        if item.startswith("^"):
            _pattern(item, "Expected a regular expression")
        elif "@" not in item:
            raise ValueError(f"Expected an address or a regular expression, got {item}")
    # A pattern keeps its case: `\\S` and `\\s` differ.
    return sorted({item if item.startswith("^") else item.lower() for item in found})


def url(value: Any) -> str:
    """A URL with scheme, host and path."""
    result = line(value)
    try:
        parts = urlsplit(result)
    except ValueError:
        raise ValueError(f"Invalid URL: {result}.") from None
    if not (parts.scheme and parts.netloc and parts.path):
        raise ValueError(f"Invalid URL: {result}.")
    return result


def password(value: Any) -> str | None:
    """A password in the clear, to be hashed by the view; JSON null is no password."""
    if value is None:
        return None
    result = text(value)
    if len(result) > passwords.MAX_LENGTH:
        raise ValueError(f"A password has at most {passwords.MAX_LENGTH} characters")
    return result


@colander.deferred
def known_pipeline(node: colander.SchemaNode, kw: dict[str, Any]) -> Callable[..., None]:
    """Validator: the name of a pipeline of the engine."""
    pipelines = kw["engine"].pipelines

    def validate(node: colander.SchemaNode, value: str) -> None:
        if value not in pipelines:
            raise colander.Invalid(node, f"Unknown pipeline: {value}")

    return validate
