"""Header fields: kept as received, written by the rules of RFC 5322, section 2.2.3.

A field that came from outside is a string that remembers the bytes it was
read from, so that a field nobody changed leaves exactly as it came.  Fields
that the engine sets are cleaned first: whatever the value, it cannot start a
second field (header injection) and writing it cannot fail.
"""

from __future__ import annotations

import re
from email.errors import HeaderParseError
from email.header import Header
from email.policy import Compat32
from typing import Any

#: Where RFC 5322 wants a field folded.
LINE_LENGTH = 78
#: What RFC 5322 allows, without the line end.
LONGEST_LINE = 998

_FIELD_NAME = re.compile(r"[!-9;-~]+")
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
# What `str.splitlines`, and so the standard library's folding, takes for the end
# of a line although mail does not; and NUL, which no field may hold.
_ODD_BREAK = re.compile("[\x00\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class ReceivedField(str):
    """The unfolded text of a field, and in `raw` the bytes of the whole field."""

    __slots__ = ("raw",)
    raw: bytes

    def __new__(cls, text: str, raw: bytes) -> ReceivedField:
        """Make one of the text of the value and the bytes of name, value and line end."""
        self = super().__new__(cls, text)
        self.raw = raw
        return self

    def __reduce_ex__(self, protocol: Any) -> tuple[type[str], tuple[str]]:
        """Be stored as mere text: this class must not get into pickles."""
        return (str, (str(self),))

    @property
    def name(self) -> str:
        """The field name as it was written."""
        return self.raw.partition(b":")[0].decode("ascii", "replace")


def text_of(data: bytes) -> str:
    """Text of received bytes that say nothing about their charset.

    UTF-8 is what RFC 6532 allows; windows-1252 is what is sent against all
    rules.  Never raises and the result never holds surrogates.
    """
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("windows-1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def without_surrogates(text: str) -> str:
    """The text with escaped bytes decoded and stray surrogates replaced."""
    if text.isascii() or _SURROGATE.search(text) is None:
        return text
    try:
        return text_of(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def unfolded(value: bytes) -> str:
    """Text of a received value without its line breaks (RFC 5322, 2.2.3)."""
    if b"\n" in value or b"\r" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"").replace(b"\r", b" ")
    return text_of(value)


def clean_value(value: object) -> str:
    """A value that is safe to write after `Name: `.

    Line breaks that are followed by white space stay, as the caller's choice of
    where to fold; all others become blanks.
    """
    if isinstance(value, Header):
        try:
            text = value.encode(linesep="\n", maxlinelen=LINE_LENGTH - 2).replace("\n", "")
        except (HeaderParseError, UnicodeError, LookupError):
            text = str(value)
    else:
        text = str(value)
    text = without_surrogates(_ODD_BREAK.sub(" ", text))
    if "\n" not in text and "\r" not in text:
        return text
    lines = [line for line in _LINE_BREAK.split(text) if line.strip(" \t")]
    result = lines[0].lstrip(" \t") if lines else ""
    for line in lines[1:]:
        result += ("\n" if line[0] in " \t" else " ") + line
    return result


#: Longer values are folded at blanks, and not encoded: the standard library needs a second for
#: a megabyte of them.
_MOST_FOLDED = 100_000
_LONG_LINE = 900


def _folded_at_blanks(name: str, text: str) -> bytes:
    """The bytes of a very long field, in lines that end before a blank."""
    data = " ".join(f"{name}: {text}".splitlines()).encode("utf-8", "replace")
    lines, start = [], 0
    while (end := data.find(b" ", start + _LONG_LINE)) >= 0:
        lines.append(data[start:end])
        start = end
    return b"\r\n".join([*lines, data[start:], b""])


class FieldPolicy(Compat32):
    """compat32, except that values are always `str` and received bytes stay."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, str]:
        """Accept a value; a received one of the same field keeps its bytes.

        Raises ValueError for a field name that RFC 5322 does not allow.
        """
        if not _FIELD_NAME.fullmatch(name):
            raise ValueError(f"not a header field name: {name!r}")
        if isinstance(value, ReceivedField) and value.name.lower() == name.lower():
            return name, value
        return name, clean_value(value)

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        """The value as it is stored: always a `str`, also when it was 8-bit."""
        return value

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The bytes of one field, with its line end.  Never raises."""
        if isinstance(value, ReceivedField):
            raw = value.raw
            return raw if raw.endswith(b"\n") else raw + self.linesep.encode("ascii")
        text = clean_value(value)
        if text.isascii() and "\n" not in text and len(name) + len(text) <= LINE_LENGTH - 2:
            return f"{name}: {text}{self.linesep}".encode("ascii", "replace")
        if len(text) > _MOST_FOLDED:
            return _folded_at_blanks(name, text)
        try:
            return self._with_first_line(name, super().fold_binary(name, text))
        except (HeaderParseError, UnicodeError, ValueError):
            ascii_text = text.replace("\n", "").encode("ascii", "replace").decode("ascii")
            return f"{name}: {ascii_text}{self.linesep}".encode("ascii", "replace")

    def _with_first_line(self, name: str, folded: bytes) -> bytes:
        """The field with its first word beside the name, if it was put below it.

        A first line with nothing but the name is lawful, but some programs take
        the field for an empty one, or its fold for a part of the text.
        """
        line_end = self.linesep.encode("ascii")
        empty = f"{name}: ".encode("ascii") + line_end + b" "
        end = folded.find(line_end, len(empty))
        if not folded.startswith(empty) or end - len(line_end) - 1 > LONGEST_LINE:
            return folded
        return folded.replace(line_end + b" ", b"", 1)

    def fold(self, name: str, value: Any) -> str:
        """The same as text, as the standard generators want it."""
        return self.fold_binary(name, value).decode("ascii", "surrogateescape")


#: The policy of every message of ours.
POLICY = FieldPolicy(linesep="\r\n", max_line_length=LINE_LENGTH, mangle_from_=False)
