"""A finished message cut into pieces where its copies differ.

A copy is the pieces put together with the values of one person between them, which costs some
microseconds; to have the handlers make each copy would cost some hundred times as much.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mmcore.message.fields import LONGEST_LINE
from mmcore.pipelines.filling import cut, quoted, subject_value, to_value
from mmcore.pipelines.marks import Mark, Marks, find_marks
from mmcore.services.personal import PLACEHOLDER, VALUES, Person, fill_in, in_html

#: Makes the bytes that stand in one place of a person's copy.
Fill = Callable[[Person], bytes]


@dataclass(frozen=True, slots=True)
class Shape:
    """What copies of one kind have in common."""

    #: Bytes, and in between an empty piece for each place that is filled in.
    pieces: tuple[bytes, ...]
    fills: tuple[tuple[int, Fill], ...]
    #: The placeholders in it, and those of them that have to be written as UTF-8 if not ASCII.
    names: frozenset[str]
    wide_names: frozenset[str]

    def copy(self, person: Person) -> bytes:
        """The copy of a person."""
        pieces = list(self.pieces)
        for place, fill in self.fills:
            pieces[place] = fill(person)
        return b"".join(pieces)


def shape_of(
    content: bytes, marks: Marks, secret: str, token: bytes = b"", token_of: Fill | None = None
) -> Shape:
    """Cut a finished message where its marks are, and where `token` is, which `token_of` fills in.

    The message is written with CRLF.
    """
    cuts: list[tuple[int, int, Fill | Mark]] = [
        (mark.begin, mark.end, mark) for mark in find_marks(content, secret)
    ]
    if token and token_of is not None:
        cuts += [(*found.span(), token_of) for found in re.finditer(re.escape(token), content)]
    cuts.sort(key=lambda each: each[:2])
    found = [each for _begin, _end, each in cuts if isinstance(each, Mark)]
    texts = [mark for mark in found if not mark.is_to and not mark.is_subject]
    rooms = _rooms(content, [mark for mark in found if not mark.is_quoted])
    pieces, fills, at = [], [], 0
    for begin, end, each in cuts:
        pieces += [content[at:begin], b""]
        fill = each if not isinstance(each, Mark) else _fill(each, marks, rooms)
        fills.append((len(pieces) - 1, fill))
        at = end
    pieces.append(content[at:])
    for place, (_begin, _end, each) in enumerate(cuts):
        if isinstance(each, Mark) and each.is_quoted:
            _break_lines(pieces, 2 * place + 1)
    names = {mark.name for mark in texts} | _placeholders(marks.subject_text)
    wide = {mark.name for mark in texts if not mark.is_html}
    return Shape(tuple(pieces), tuple(fills), frozenset(names), frozenset(wide))


def _placeholders(text: str) -> set[str]:
    return {found["braced"] or found["bare"] for found in PLACEHOLDER.finditer(text)}


def _break_lines(pieces: list[bytes], place: int) -> None:
    """Let the quoted-printable value at a place have lines of its own.

    A value is longer or shorter than its mark was, and soft line breaks do not count.
    """
    after = pieces[place + 1]
    ends = not after and place + 2 == len(pieces)
    if not ends and not after.startswith((b"\r\n", b"=\r\n")):
        pieces[place + 1] = b"=\r\n" + after
    before = pieces[place - 1]
    if before and not before.endswith(b"\n"):
        pieces[place - 1] = before + b"=\r\n"


def _rooms(content: bytes, marks: list[Mark]) -> dict[int, int]:
    """How many octets each value may have for its line not to get too long, by where it begins."""
    lines: dict[int, list[Mark]] = {}
    for mark in marks:
        lines.setdefault(content.rfind(b"\n", 0, mark.begin), []).append(mark)
    rooms = {}
    for start, together in lines.items():
        end = content.find(b"\r\n", start + 1)
        length = (len(content) if end < 0 else end) - start - 1
        length -= sum(mark.end - mark.begin for mark in together)
        for mark in together:
            rooms[mark.begin] = max(LONGEST_LINE - length, 0) // len(together)
    return rooms


def _fill(mark: Mark, marks: Marks, rooms: dict[int, int]) -> Fill:
    """What fills in the place of a mark."""
    if mark.is_to:
        return lambda person: to_value(*person.to)
    if mark.is_subject:
        return partial(_subject, marks.subject_text)
    tell = VALUES[mark.name]
    if mark.is_html:
        # Texts in HTML are always made quoted-printable.
        return lambda person: quoted(in_html(tell(person)))
    if mark.is_quoted:
        return lambda person: quoted(tell(person))
    room = rooms[mark.begin]
    return lambda person: cut(tell(person).encode("utf-8", "replace"), room)


def _subject(text: str, person: Person) -> bytes:
    values = {name: value(person) for name, value in VALUES.items()}
    return subject_value(fill_in(text, values).strip())
