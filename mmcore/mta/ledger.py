"""The delivery ledger of one attempt, small enough to keep for every message.

`pack()` makes a record of what became of each recipient, `Ledger` reads one.  A record is a
file format (the database keeps it).  Version 2, little-endian, after the version's byte
compressed by zlib, whose checksum finds damage:

    recipients     4 bytes
    notes          4 bytes: how many there are
    by batch       1 byte: whether there is a time per batch, or one per recipient
    states         1 byte per recipient, see `State`
    note numbers   a column (see `columns`), 0 for none
    batches        a column: numbers of SMTP transactions, 0 for none
    times          a column: seconds since the epoch, 0 for none; one per batch, counted
                   from 0, if the recipients of each have the same
    notes          code (2), lengths of enhanced code (1) and text (2), these

A note is a reply.  Positive ones are kept without their text, which names the message in the
other server's queue and so is new with every transaction: all recipients of a healthy delivery
share one note.  Such a record has 40 bytes, and one for each recipient of a bulk of 10 per
transaction, or a hundredth of that for each individual copy (transactions are numbered in the
order of the recipients then).  100,000 are packed in 30 ms and opened in 10.

Version 1 had states, note numbers and notes, and neither batches nor times.
"""

from __future__ import annotations

import struct
import zlib
from array import array
from collections.abc import Sequence
from itertools import repeat

from mmcore.errors import MMCoreError
from mmcore.mta.columns import pack_column, unpack_column
from mmcore.mta.journal import Reply
from mmcore.mta.outcomes import Outcomes, State

VERSION = 2
_HEAD = struct.Struct("<II?")
_NOTE = struct.Struct("<HBH")
_OLD_HEAD = struct.Struct("<BBII")
_OLD_WIDTHS = {1: "B", 2: "H", 4: "I"}
#: Of compression: 6 takes twice as long, for one byte in a hundred.
_LEVEL = 4
_STATES = bytes(State)
#: All that reading damaged bytes can end with.
_DAMAGE = (struct.error, zlib.error, KeyError, IndexError, ValueError, OverflowError)


#: SMTP transactions of a delivery.
_MANY = 1000


class LedgerFormatError(MMCoreError):
    """A record is none of ours, of a later version, or damaged."""


def pack(outcomes: Outcomes) -> bytes:
    """The record of an attempt."""
    by_batch = _times_by_batch(outcomes)
    times = outcomes.times if by_batch is None else by_batch
    body = b"".join(
        [
            _HEAD.pack(len(outcomes), len(outcomes.replies), by_batch is not None),
            outcomes.states,
            pack_column(outcomes.notes),
            pack_column(outcomes.batches),
            pack_column(times),
            *map(_pack_note, outcomes.replies),
        ]
    )
    return bytes([VERSION]) + zlib.compress(body, _LEVEL)


class Ledger:
    """A record, opened for reading.

    Creating it raises LedgerFormatError; an index that is none of the
    message's recipients raises IndexError.
    """

    def __init__(self, record: bytes) -> None:
        self._states = b""
        self._numbers: Sequence[int] = ()
        self._batches: Sequence[int] = ()
        self._times: Sequence[int] = ()
        self._by_batch = False
        self._notes: list[Reply] = []
        try:
            version = record[0]
            if version == VERSION:
                self._read(zlib.decompress(record[1:]))
            elif version == 1:
                self._read_old(record)
            else:
                raise LedgerFormatError(f"ledger version {version}, expected {VERSION} or less")
            self._check()
        except _DAMAGE as error:
            raise LedgerFormatError(f"damaged ledger: {error}") from error

    def __len__(self) -> int:
        return len(self._states)

    @property
    def batches(self) -> int:
        """The highest number of an SMTP transaction; 0 if none is known."""
        return max(self._batches, default=0)

    def state_of(self, index: int) -> State:
        """What became of a recipient."""
        return State(self._states[self._checked(index)])

    def reply_of(self, index: int) -> Reply | None:
        """The reply for a recipient, or None if there was none."""
        number = self._numbers[self._checked(index)]
        return self._notes[number - 1] if number else None

    def batch_of(self, index: int) -> int:
        """The number of the SMTP transaction among those of this attempt; 0 if not known."""
        self._checked(index)
        return self._batches[index] if self._batches else 0

    def time_of(self, index: int) -> int:
        """When it was settled, in seconds since the epoch; 0 if not known."""
        self._checked(index)
        if not self._times:
            return 0
        # One row per recipient, or one per batch: whichever was enough.
        return self._times[self._batches[index] if self._by_batch else index]

    def count(self, state: State) -> int:
        """How many recipients are in a state."""
        return self._states.count(state)

    def indices(self, *states: State) -> list[int]:
        """The recipients in any of these states, in order."""
        return [index for index, state in enumerate(self._states) if state in states]

    def _checked(self, index: int) -> int:
        if not 0 <= index < len(self._states):
            raise IndexError(f"no recipient {index} among {len(self)}")
        return index

    def _read(self, body: bytes) -> None:
        """The columns and notes of a record of this version."""
        count, notes, self._by_batch = _HEAD.unpack_from(body)
        at = _HEAD.size + count
        self._states = body[_HEAD.size : at]
        self._numbers, at = unpack_column(body, at)
        self._batches, at = unpack_column(body, at)
        self._times, at = unpack_column(body, at)
        self._notes = _unpack_notes(body, at, notes)
        rows = max(self._batches, default=-1) + 1 if self._by_batch else count
        if not len(self._states) == len(self._numbers) == len(self._batches) == count:
            raise ValueError("columns of different lengths")
        if len(self._times) != rows:
            raise ValueError("another number of times than expected")

    def _read_old(self, record: bytes) -> None:
        """Those of a record of version 1."""
        _, width, count, notes = _OLD_HEAD.unpack_from(record)
        at = _OLD_HEAD.size + count
        self._states = record[_OLD_HEAD.size : at]
        column = struct.Struct(f"<{count}{_OLD_WIDTHS[width]}")
        self._numbers = column.unpack_from(record, at)
        self._notes = _unpack_notes(record, at + column.size, notes)

    def _check(self) -> None:
        """Raise ValueError if something refers to what there is not."""
        if self._states.translate(None, _STATES):
            raise ValueError("a state that is none")
        if max(self._numbers, default=0) > len(self._notes):
            raise ValueError("a note that is not there")


def _times_by_batch(outcomes: Outcomes) -> list[int] | None:
    """The time of each batch from 0 on; None if recipients of one differ, or batches are few."""
    batches, times = outcomes.batches, outcomes.times
    if max(batches, default=0) > max(_MANY, len(batches) // 4):
        # Nothing is won with so many of them, and it would take memory.
        return None
    found = dict(zip(batches, times, strict=True))
    if max(found, default=0) > 2 * len(found) or times != array(
        "I", map(found.__getitem__, batches)
    ):
        return None
    return list(map(found.get, range(max(found, default=-1) + 1), repeat(0)))


def _pack_note(note: Reply) -> bytes:
    enhanced = note.enhanced.encode("ascii", "replace")[:255]
    text = note.text.encode("utf-8", "replace")
    return _NOTE.pack(note.code, len(enhanced), len(text)) + enhanced + text


def _unpack_notes(record: bytes, at: int, count: int) -> list[Reply]:
    notes = []
    for _ in range(count):
        code, enhanced, text = _NOTE.unpack_from(record, at)
        middle = at + _NOTE.size + enhanced
        at = middle + text
        if at > len(record):
            raise ValueError("it ends in a note")
        notes.append(
            Reply(code, record[middle - enhanced : middle].decode(), record[middle:at].decode())
        )
    return notes
