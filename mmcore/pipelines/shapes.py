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
    #: For each line with values in it: the octets they may have together, and their places.
    lines: tuple[tuple[int, tuple[int, ...]], ...]
    #: The placeholders in it, and those of them that have to be written as UTF-8 if not ASCII.
    names: frozenset[str]
    wide_names: frozenset[str]

    def copy(self, person: Person) -> bytes:
        """The copy of a person."""
        pieces = list(self.pieces)
        for place, fill in self.fills:
            pieces[place] = fill(person)
        for room, places in self.lines:
            if sum([len(pieces[place]) for place in places]) > room:
                _shorten(pieces, room, places)
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
    pieces, fills, at = list[bytes](), [], 0
    places: dict[int, int] = {}
    for begin, end, each in cuts:
        pieces += [content[at:begin], b""]
        fill = each if not isinstance(each, Mark) else _fill(each, marks)
        fills.append((len(pieces) - 1, fill))
        places[begin] = len(pieces) - 1
        at = end
    pieces.append(content[at:])
    for place, (_begin, _end, each) in enumerate(cuts):
        if isinstance(each, Mark) and each.is_quoted:
            _break_lines(pieces, 2 * place + 1)
    names = {mark.name for mark in texts} | _placeholders(marks.subject_text)
    wide = {mark.name for mark in texts if not mark.is_html}
    lines = _lines(content, [mark for mark in texts if not mark.is_quoted], places)
    return Shape(tuple(pieces), tuple(fills), lines, frozenset(names), frozenset(wide))


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


def _lines(
    content: bytes, marks: list[Mark], places: dict[int, int]
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """The lines that could get too long: the room for all values in one, and where they stand."""
    lines: dict[int, list[Mark]] = {}
    for mark in marks:
        lines.setdefault(content.rfind(b"\n", 0, mark.begin), []).append(mark)
    found = []
    for start, together in lines.items():
        end = content.find(b"\r\n", start + 1)
        length = (len(content) if end < 0 else end) - start - 1
        length -= sum(mark.end - mark.begin for mark in together)
        room = max(LONGEST_LINE - length, 0)
        found.append((room, tuple(places[mark.begin] for mark in together)))
    return tuple(found)


def _shorten(pieces: list[bytes], room: int, places: tuple[int, ...]) -> None:
    """Cut the values of a line that have no room together; the longest lose most."""
    by_length = sorted(places, key=lambda place: len(pieces[place]))
    for number, place in enumerate(by_length):
        pieces[place] = cut(pieces[place], room // (len(places) - number))
        room -= len(pieces[place])


def _fill(mark: Mark, marks: Marks) -> Fill:
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
    return lambda person: tell(person).encode("utf-8", "replace")


def _subject(text: str, person: Person) -> bytes:
    values = {name: value(person) for name, value in VALUES.items()}
    return subject_value(fill_in(text, values).strip())
