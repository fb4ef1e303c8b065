"""Values in the bytes of a message: each encoded for where it stands, in some microseconds.

Whatever a value is, its lines are as short as mail wants them, and nothing of it is taken for
anything else.
"""

from __future__ import annotations

import base64
import quopri
import re

from mmcore.message.fields import LINE_LENGTH, LONGEST_LINE, POLICY
from mmcore.message.headers import ENCODED_WORD

#: Octets in an encoded word of at most 75 characters (RFC 2047, section 2).
_IN_WORD = 45
_IN_SUBJECT = 36
#: Octets of a line of quoted-printable, if each of them takes three characters.
_IN_LINE = 24
#: What needs no quoting: neither in quoted-printable …
_PLAIN = re.compile(r"[-A-Za-z0-9_+@., '()/:?!<>&#;]{0,70}")
#: … nor in a display name (RFC 5322, section 3.2.3).
_ATOMS = re.compile(r"[-A-Za-z0-9!#$%&'*+/=?^_`{|}~ ]+")
#: What cannot stand in an address without being taken for something else.
_ODD = re.compile(r"[\s<>]+")
_FOLD = b"\r\n "


def cut(data: bytes, room: int) -> bytes:
    """The beginning of a text in UTF-8 that has room."""
    return data if len(data) <= room else data[:room].decode("utf-8", "ignore").encode("utf-8")


def quoted(text: str) -> bytes:
    """A text as quoted-printable (RFC 2045, section 6.7), for lines of its own."""
    if _PLAIN.fullmatch(text) and not text.endswith(" "):
        return text.encode("ascii")
    data = text.encode("utf-8", "replace")
    lines = [data[at : at + _IN_LINE] for at in range(0, len(data), _IN_LINE)]
    return b"=\r\n".join(map(quopri.encodestring, lines))


def encoded_words(text: str, first: int = _IN_WORD) -> list[bytes]:
    """A text as encoded words of RFC 2047, to be folded between them.

    `first` is how many octets have room in the first of them, beside the name of the field.
    """
    data, words, at = text.encode("utf-8", "replace"), [], 0
    while at < len(data):
        end = at + (_IN_WORD if at else first)
        # Not within a character.
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(b"=?utf-8?b?" + base64.b64encode(data[at:end]) + b"?=")
        at = end
    return words


def to_value(name: str, email: str) -> bytes:
    """The value of a field To: `Name <addr-spec>`, or the address alone."""
    address = _ODD.sub("", email).encode("utf-8", "replace")
    if not name:
        return address
    phrase = name
    if not _ATOMS.fullmatch(name):
        phrase = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if not name.isascii() or len(phrase) > LINE_LENGTH - 4 or "=?" in name:
        return _FOLD.join([*encoded_words(name), b"<" + address + b">"])
    between = b" " if len(phrase) + len(address) + 7 <= LINE_LENGTH else _FOLD
    return b"%s%s<%s>" % (phrase.encode("ascii"), between, address)


def subject_value(text: str) -> bytes:
    """The value of a field Subject, folded where it has to be."""
    if text.isascii() and text.isprintable() and not ENCODED_WORD.search(text):
        name = "Subject"
        if len(name) + 2 + len(text) <= LINE_LENGTH:
            return text.encode("ascii")
        folded = POLICY.fold_binary(name, text)[len(name) + 2 : -2]
        if all(len(line) <= LONGEST_LINE for line in folded.split(b"\r\n")):
            return folded
    return _FOLD.join(encoded_words(text, _IN_SUBJECT))
