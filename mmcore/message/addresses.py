"""Addresses: validity, lists of them in header fields, list sub-addresses.

The reader of address lists is our own (RFC 5322, section 3.4, with the
obsolete forms): its answers are the same on every Python, its cost is linear,
and it cannot be led to recurse or to raise.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from mmcore.interfaces.address import InvalidEmailAddressError
from mmcore.message.headers import decode, encode, one_line

#: Suffixes of a list's name, and the function of the list they stand for.
SUBADDRESSES = {
    "bounces": "bounces",
    "confirm": "confirm",
    "join": "join",
    "leave": "leave",
    "owner": "owner",
    "request": "request",
    "subscribe": "join",
    "unsubscribe": "leave",
}

_LOCAL_PART = re.compile(r"[-!#$%&'*+./=?@_`{}~0-9A-Za-z]+")
_DOMAIN = re.compile(r"[0-9A-Za-z][-0-9A-Za-z]*(?:\.[0-9A-Za-z][-0-9A-Za-z]*)+")

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<special>[(),:;<>"\\\[\]])
      | (?P<atom>[^ \t\r\n(),:;<>"\\\[\]]+)""",
    re.VERBOSE,
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_COMMENT_MARK = re.compile(r"\\.|[()]", re.DOTALL)
# In angle brackets a quoted local part may hold anything.
_ANGLE = re.compile(r'<((?:[^<>"]|"(?:[^"\\]|\\.)*+")*+)>', re.DOTALL)
_ROUTE = re.compile(r"@[^:]*:")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_LONG_WORD = 1000
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_NEEDS_QUOTES = re.compile(r"[^-!#$%&'*+/=?^_`{|}~0-9A-Za-z ]")


class ListAddress(NamedTuple):
    """A list's posting address, and the sub-address that was asked for, or None."""

    posting_address: str
    subaddress: str | None


def is_valid(email: str) -> bool:
    """Whether mmcore takes the text for an e-mail address with a domain."""
    local_part, at, domain = email.rpartition("@")
    if not at or _DOMAIN.fullmatch(domain) is None:
        return False
    if len(local_part) > 1 and local_part.startswith('"') and local_part.endswith('"'):
        local_part = local_part[1:-1]
    return _LOCAL_PART.fullmatch(local_part) is not None


def validate(email: str) -> None:
    """Raise InvalidEmailAddressError unless `is_valid(email)`."""
    if not is_valid(email):
        raise InvalidEmailAddressError(email)


def split_address(email: str) -> tuple[str, str]:
    """(local part, domain) of an address; the domain is '' if it has none."""
    local_part, at, domain = email.rpartition("@")
    return (local_part, domain) if at else (domain, "")


def split_list_address(recipient: str, delimiter: str = "+") -> list[ListAddress]:
    """What list, and what of it, a recipient can mean; the preferred meaning first.

    A list that really is named `test-join` comes before the join address of
    `test`, so the caller takes the first candidate whose list exists.  What
    follows the delimiter (VERP data, a token) plays no part.
    """
    recipient = recipient.strip().lower()
    if recipient.startswith("<") and recipient.endswith(">"):
        recipient = recipient[1:-1]
    local_part, _at, domain = recipient.partition("@")
    if delimiter:
        local_part = local_part.partition(delimiter)[0]
    if not local_part or not domain:
        return []
    candidates = [ListAddress(f"{local_part}@{domain}", None)]
    name, _hyphen, suffix = local_part.rpartition("-")
    if name and suffix in SUBADDRESSES:
        candidates.append(ListAddress(f"{name}@{domain}", SUBADDRESSES[suffix]))
    return candidates


def format_address(display_name: str, addr_spec: str, charset: str = "utf-8") -> str:
    """`Name <addr-spec>` for a header field; the name encoded or quoted if it must be.

    Control characters of an address become question marks: no field may have them (RFC 5322, 2.2).
    """
    name = one_line(display_name)
    addr_spec = _CONTROLS.sub("?", one_line(addr_spec))
    if not name:
        return addr_spec
    encoded = encode(name, charset)
    if encoded == name and _NEEDS_QUOTES.search(name):
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        encoded = f'"{escaped}"'
    return f"{encoded} <{addr_spec}>"


def parse_addresses(values: str | Iterable[object]) -> list[tuple[str, str]]:
    """(display name, addr-spec) of each address in the values of header fields.

    Never raises.  Names are decoded, addr-specs are as they were written, which
    need not be valid; what cannot be told from its neighbours is left out.
    """
    if isinstance(values, str):
        values = [values]
    result: list[tuple[str, str]] = []
    for value in values:
        if value is not None:
            result.extend(_AddressReader(str(value)).read())
    return result


@dataclass
class _Pending:
    """The address that is being read."""

    words: list[str] = field(default_factory=list)  # joined where no blank stood between
    comments: list[str] = field(default_factory=list)
    angle: str | None = None
    glue: bool = False  # whether the next word continues the last one

    def add(self, word: str, quoted: bool = False) -> None:
        if self.words and (self.glue or word[0] in ".@" or self.words[-1][-1:] in (".", "@")):
            # RFC 5322 allows blanks and comments around the dots and the @; but a
            # full stop also ends an initial in a name, where the blank counts.
            blank = "" if self.glue or "@" in self.words[-1] + word else " "
            if len(self.words[-1]) < _LONG_WORD:
                self.words[-1] += blank + word
            else:
                self.words.append(word)  # no address, and gluing on would cost too much
        else:
            self.words.append(word)
        self.glue = True

    def result(self) -> tuple[str, str] | None:
        """(name, addr-spec), or None if there is no single address."""
        if self.angle is not None:
            name, addr_spec = " ".join(self.words), self.angle
        else:
            with_at = [word for word in self.words if "@" in word]
            if len(with_at) != 1 and len(self.words) != 1:
                return None
            addr_spec = with_at[0] if with_at else self.words[0]
            name = " ".join(word for word in self.words if word is not addr_spec)
        if not name:
            name = " ".join(self.comments)
        return (decode(name), addr_spec) if addr_spec else None


class _AddressReader:
    """Reads one field value from left to right, looking at each character once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.unclosed: set[str] = set()  # brackets known to have no end
        self.pending = _Pending()
        self.found: list[tuple[str, str]] = []

    def read(self) -> list[tuple[str, str]]:
        while self.position < len(self.text):
            token = _TOKEN.match(self.text, self.position)
            if token is None:
                break
            kind = token.lastgroup
            if kind == "special":
                self._special(token[0])
                continue
            self.position = token.end()
            if kind == "space":
                self.pending.glue = False
            elif self.pending.angle is None:
                self.pending.add(token[0])
        self._flush()
        return self.found

    def _flush(self) -> None:
        result = self.pending.result()
        if result is not None:
            self.found.append(result)
        self.pending = _Pending()

    def _quoted(self, start: int) -> None:
        found = None if '"' in self.unclosed else _QUOTED.match(self.text, start)
        if found is None:
            self.unclosed.add('"')
            self.pending.glue = False
            return
        self.position = found.end()
        text = found[0]
        if self.pending.angle is not None:
            return
        if self.text.startswith("@", self.position):
            self.pending.add(text)  # a quoted local part keeps its quotes
        elif len(text) > 2:
            self.pending.add(_QUOTED_PAIR.sub(r"\1", text[1:-1]))

    def _special(self, char: str) -> None:
        start = self.position
        self.position += 1
        if char in ",;":
            self._flush()
        elif char == ":":
            self.pending = _Pending()  # that was the name of a group
        elif char == "<" and self.pending.angle is None:
            self._angle(start)
        elif char == "(":
            self._comment(start)
        elif char == '"':
            self._quoted(start)
        elif char == "[" and self.pending.angle is None:
            self._domain_literal(start)
        else:
            self.pending.glue = False

    def _angle(self, start: int) -> None:
        found = None if "<" in self.unclosed else _ANGLE.match(self.text, start)
        if found is None:
            self.unclosed.add("<")
            self.pending.glue = False
            return
        self.position = found.end()
        addr_spec = "".join(found[1].split()) if '"' not in found[1] else found[1].strip()
        route = _ROUTE.match(addr_spec)
        self.pending.angle = addr_spec[route.end() :] if route else addr_spec

    def _comment(self, start: int) -> None:
        """Skip a comment; comments nest (RFC 5322, section 3.2.2)."""
        self.pending.glue = False
        if "(" in self.unclosed:
            return
        depth = 1
        for found in _COMMENT_MARK.finditer(self.text, start + 1):
            depth += {"(": 1, ")": -1}.get(found[0], 0)
            if depth == 0:
                end = found.start()
                text = _QUOTED_PAIR.sub(r"\1", self.text[start + 1 : end]).strip()
                if text:
                    self.pending.comments.append(text)
                self.position = end + 1
                return
        self.unclosed.add("(")

    def _domain_literal(self, start: int) -> None:
        end = -1 if "[" in self.unclosed else self.text.find("]", start)
        if end == -1:
            self.unclosed.add("[")
            self.pending.glue = False
            return
        if self.pending.words and self.pending.words[-1].endswith("@"):
            self.pending.add(self.text[start : end + 1])
        self.position = end + 1
