"""Marks that stand for the values of a person in a message, until the copies are made.

The last handlers work once on a message with marks in it, as they would on one with names and
addresses.  Where the marks are in the bytes that come out, the values go: also if the marks were
written as quoted-printable, and their line was broken.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import Any

from mmcore.services.personal import VALUES

#: No charset but Unicode has it, so texts with it are written in UTF-8.
_WIDE = "\u2042"
_SOFT = rb"(?:=\r\n)?"
_TO, _SUBJECT = "Y", "Z"

_NAMES = {chr(ord("a") + number): name for number, name in enumerate(VALUES)}
_LETTERS = {name: letter for letter, name in _NAMES.items()}


def secret_of(content: bytes, key: bytes) -> str:
    """What makes marks that do not occur in a message, always the same for the same one."""
    digest = blake2b(content, digest_size=8, key=key[:64])
    while True:
        secret = digest.hexdigest()
        if secret.encode("ascii") not in content:
            return secret
        digest.update(b"again")


class Marks:
    """Stands for the `Personal` of a kind of copies, with marks for all values.

    `wide`: whether some values are not ASCII.
    """

    def __init__(self, secret: str, *, member: bool, wide: bool, duplicate: bool) -> None:
        self.duplicate = duplicate
        self._secret = secret
        self.to = self._mark(_TO)
        sign = _WIDE if wide else ""
        self.texts: dict[str, str] = {}
        self.in_html: dict[str, str] = {}
        if member:
            self.texts = {name: self._mark(_LETTERS[name], sign) for name in VALUES}
            # These are ASCII in any case.
            self.in_html = {name: self._mark(_LETTERS[name].upper()) for name in VALUES}
        #: The Subject as it was written, with its placeholders.
        self.subject_text = ""

    def subject(self, text: str) -> str:
        """See `Personal`."""
        self.subject_text = text
        return self._mark(_SUBJECT)

    def _mark(self, letter: str, sign: str = "") -> str:
        # The signs at both ends show whether it was written as quoted-printable.
        return f"={sign}{self._secret}{letter}="


class Mark:
    """A mark that was found: where it is, what it stands for, and how it is written."""

    __slots__ = ("begin", "end", "is_html", "is_quoted", "letter")

    def __init__(self, found: re.Match[bytes]) -> None:
        self.begin, self.end = found.span()
        self.is_quoted = found["quoted"] is not None
        self.letter = (found["quoted"] or found["raw"]).decode("ascii")
        self.is_html = self.letter.isupper()

    @property
    def is_to(self) -> bool:
        """Whether it stands for the recipient in To."""
        return self.letter == _TO

    @property
    def is_subject(self) -> bool:
        """Whether it stands for the Subject."""
        return self.letter == _SUBJECT

    @property
    def name(self) -> str:
        """The placeholder whose value it stands for."""
        return _NAMES[self.letter.lower()]


def find_marks(content: bytes, secret: str) -> list[Mark]:
    """All marks in a message that was written with CRLF, in order."""
    return [Mark(found) for found in _pattern(secret).finditer(content)]


def _pattern(secret: str) -> Any:
    letters = "".join([*_NAMES, *(letter.upper() for letter in _NAMES), _TO, _SUBJECT])
    letter = letters.encode("ascii")
    wide = _WIDE.encode("utf-8")
    spread = _SOFT.join(b"%c" % octet for octet in secret.encode("ascii"))
    wide_quoted = _SOFT.join(b"=%02X" % octet for octet in wide)
    return re.compile(
        rb"=(?:%s)?%s(?P<raw>[%s])="
        rb"|=3D%s(?:%s%s)?%s%s(?P<quoted>[%s])%s=3D"
        % (wide, secret.encode("ascii"), letter,
           _SOFT, wide_quoted, _SOFT, spread, _SOFT, letter, _SOFT)
    )  # fmt: skip
