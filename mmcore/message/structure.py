"""Where the pieces of a message lie in its bytes (RFC 5322 2.1, RFC 2046 5.1).

Nothing is decoded here that is not a header field, nothing is copied that is
not asked for, and nothing can fail: bytes that fit no rule belong to the body.
The limits keep hostile messages from costing more than their size is worth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import errors

from mmcore.message.fields import ReceivedField, unfolded

#: Entities nested deeper than this are shown as plain text.
MAX_DEPTH = 50
#: A multipart of more parts than this is shown as plain text.
MAX_PARTS = 10_000
#: The header section ends after this many fields, whatever follows.
MAX_FIELDS = 10_000

_MAX_STRAY_LINES = 1000  # in a row
_STRAY_COST = 100  # fields that one run of stray lines counts for

_FIELD = re.compile(rb"([!-9;-~]++):[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)\n?")
_STRAY_LINE = re.compile(rb"(From |[ \t:])[^\n]*+\n?")
_DELIMITER_TAIL = re.compile(rb"(--)?[ \t]*+(?:\r\n|\r|\n|\Z)")
_BLANK_LINES = re.compile(rb"\n(?:\r?\n)+")


@dataclass(slots=True)
class HeaderSection:
    """The fields of a header section and what surrounds them."""

    lead: bytes = b""  # an mbox From_ line, or continuation lines of nothing
    unix_from: str | None = None
    fields: list[tuple[str, ReceivedField]] = field(default_factory=list)
    separator: bytes = b""  # the blank line, if there is one
    end: int = 0  # where the body begins
    defects: list[errors.MessageDefect] = field(default_factory=list)


@dataclass(slots=True)
class PartSpans:
    """The parts of a multipart as spans, and the bytes between them.

    `delimiters` has one more entry than `spans`: what stands before the first
    part, between two, and after the last one (empty if that was not closed).
    """

    preamble: bytes
    delimiters: list[bytes]
    spans: list[tuple[int, int]]
    epilogue: bytes
    closed: bool


def read_header(data: bytes, start: int, end: int, most_fields: int = MAX_FIELDS) -> HeaderSection:
    """Read the header section that begins at `start`; after `most_fields` it ends."""
    section = HeaderSection(end=start)
    fields = section.fields
    match = _FIELD.match
    position = start
    budget = most_fields
    while budget:
        budget -= 1
        found = match(data, position, end)
        if found is not None:
            name, value = found.groups()
            value = value.rstrip(b"\r\n")
            fields.append((name.decode("ascii"), ReceivedField(unfolded(value), found[0])))
            position = found.end()
            continue
        after = _stray_lines(data, position, end, section)
        if after == position:
            break
        position = after
        budget = max(0, budget - _STRAY_COST)
    if position == end:
        pass
    elif data.startswith(b"\n", position, end):
        section.separator = b"\n"
    elif data.startswith(b"\r\n", position, end):
        section.separator = b"\r\n"
    else:
        section.defects.append(errors.MissingHeaderBodySeparatorDefect())
    section.end = position + len(section.separator)
    return section


def _stray_lines(data: bytes, position: int, end: int, section: HeaderSection) -> int:
    """Take in the lines at `position` that are no fields but do not end the header either.

    They stay with the field before them, or in front of all fields.  Returns
    where the next line begins: `position` itself if the header ends here.
    """
    after = position
    for _ in range(_MAX_STRAY_LINES):
        line = _STRAY_LINE.match(data, after, end)
        if line is None:
            break
        if line[1] == b"From ":
            if after == position and not section.fields and not section.lead:
                section.unix_from = unfolded(line[0].rstrip(b"\r\n"))
            elif not section.fields or _FIELD.match(data, line.end(), end) is None:
                # It is followed by the body: a quotation rather than an envelope.
                break
            else:
                section.defects.append(errors.MisplacedEnvelopeHeaderDefect())
        elif line[1] == b":":
            section.defects.append(errors.InvalidHeaderDefect("missing header name"))
        elif not section.fields:
            section.defects.append(errors.FirstHeaderLineIsContinuationDefect())
        after = line.end()
    stray = data[position:after]
    if stray and section.fields:
        name, value = section.fields[-1]
        section.fields[-1] = (name, ReceivedField(str(value), value.raw + stray))
    else:
        section.lead += stray
    return after


def split_multipart(data: bytes, start: int, end: int, boundary: bytes) -> PartSpans | None:
    """Find the parts of a multipart body.

    Returns None when there are none, or too many.  As RFC 2046 says, the line
    break before a delimiter belongs to the delimiter.
    """
    found = _delimiter_lines(data, start, end, boundary)
    if len(found) > MAX_PARTS:
        return None
    preamble_end = 0
    delimiters: list[bytes] = []
    spans: list[tuple[int, int]] = []
    closed = False
    before = start  # where the text in front of the next delimiter begins
    for begin, after, is_last in found:
        if delimiters and begin == before:
            # Delimiters in a row enclose nothing: they count as one.
            delimiters[-1] += data[begin:after]
        else:
            text_end = begin - _line_break_before(data, before, begin)
            if not delimiters:
                preamble_end = text_end
            else:
                spans.append((before, text_end))
            delimiters.append(data[text_end:after])
        before = after
        if is_last:
            closed = True
            break
    if delimiters and not closed and before < end:
        spans.append((before, end))
        delimiters.append(b"")
        before = end
    if not spans:
        return None
    return PartSpans(data[start:preamble_end], delimiters, spans, data[before:end], closed)


def has_delimiter(data: bytes, boundary: bytes) -> bool:
    """Whether a line of the data is a delimiter of that boundary."""
    return bool(_delimiter_lines(data, 0, len(data), boundary))


def _delimiter_lines(
    data: bytes, start: int, end: int, boundary: bytes
) -> list[tuple[int, int, bool]]:
    """(begin, end, is the closing one) of each delimiter line, up to the closing one."""
    token = b"--" + boundary
    result: list[tuple[int, int, bool]] = []
    position = data.find(token, start, end)
    while position != -1 and len(result) <= MAX_PARTS:
        after = position + len(token)
        if position == start or data[position - 1] in b"\r\n":
            tail = _DELIMITER_TAIL.match(data, after, end)
            if tail is not None:
                result.append((position, tail.end(), tail[1] is not None))
                if tail[1] is not None:
                    break
        position = data.find(token, after, end)
    return result


def _line_break_before(data: bytes, start: int, position: int) -> int:
    """Length of the line break that ends at `position`."""
    if data.endswith(b"\r\n", start, position):
        return 2
    return 1 if position > start else 0


def split_blocks(data: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the blocks of fields in a delivery status (RFC 3464, section 2.1).

    The blank line after a block belongs to it.
    """
    spans: list[tuple[int, int]] = []
    for found in _BLANK_LINES.finditer(data, start, end):
        if len(spans) == MAX_PARTS:
            break
        spans.append((start, found.end()))
        start = found.end()
    if start < end:
        spans.append((start, end))
    return spans
