"""The delivery ledger of one message, small enough to keep for every message.

`fold()` adds the result of an attempt to a record, `Ledger` reads one.  A
record is a file format (the database keeps it), little-endian:

    version        1 byte, 1
    width          1 byte: bytes of a note number, 1, 2 or 4
    recipients     4 bytes
    notes          4 bytes: how many follow the two columns
    states         1 byte per recipient, see `State`
    note numbers   `width` bytes per recipient; 0 for none
    notes          code (2), lengths of enhanced code (1) and text (2), these

A note is a reply.  Positive ones are kept without their text, which names the
message in the other server's queue and so is new with every transaction: all
recipients of a healthy delivery share one note, and cost two bytes each.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from enum import IntEnum

from mmcore.errors import MMCoreError
from mmcore.mta.deliver import Result
from mmcore.mta.journal import Reply

VERSION = 1
_HEAD = struct.Struct("<BBII")
_NOTE = struct.Struct("<HBH")
_WIDTHS = {1: "B", 2: "H", 4: "I"}
_LONGEST_TEXT = 500


class LedgerFormatError(MMCoreError):
    """A record is none of ours, of a later version, or damaged."""


class State(IntEnum):
    """What is known of a recipient; the numbers are stored."""

    WAITING = 0
    DELIVERED = 1
    TEMPORARY = 2
    PERMANENT = 3
    IN_DOUBT = 4


#: Recipients in these states are not tried again.
SETTLED = (State.DELIVERED, State.PERMANENT, State.IN_DOUBT)


class Ledger:
    """A record, opened for reading.

    Creating it raises LedgerFormatError; an index that is none of the
    message's recipients raises IndexError.
    """

    def __init__(self, record: bytes) -> None:
        try:
            version, width, count, notes = _HEAD.unpack_from(record)
            if version != VERSION:
                raise LedgerFormatError(f"ledger version {version}, expected {VERSION}")
            numbers_at = _HEAD.size + count
            self._states = record[_HEAD.size : numbers_at]
            column = struct.Struct(f"<{count}{_WIDTHS[width]}")
            self._numbers = column.unpack_from(record, numbers_at)
            self._notes = _unpack_notes(record, numbers_at + column.size, notes)
        except (struct.error, KeyError, UnicodeDecodeError) as error:
            raise LedgerFormatError(f"damaged ledger: {error}") from error

    def __len__(self) -> int:
        return len(self._states)

    def state_of(self, index: int) -> State:
        """What became of a recipient."""
        return State(self._states[_checked(index, self)])

    def reply_of(self, index: int) -> Reply | None:
        """The latest reply for a recipient, or None if there was none."""
        number = self._numbers[_checked(index, self)]
        return self._notes[number - 1] if number else None

    def count(self, state: State) -> int:
        """How many recipients are in a state."""
        return self._states.count(state)

    def indices(self, *states: State) -> frozenset[int]:
        """The recipients in any of these states."""
        return frozenset(index for index, state in enumerate(self._states) if state in states)

    def done(self) -> frozenset[int]:
        """The recipients not to be tried again, as `Delivery.done` wants them."""
        return self.indices(*SETTLED)


def fold(result: Result, recipients: int, record: bytes | None = None) -> bytes:
    """The record of a message after an attempt, given that of the earlier ones.

    `recipients` is how many the message has.  Raises LedgerFormatError for a
    bad record and ValueError if it is for another number of recipients.
    """
    states, numbers, notes = bytearray(recipients), [0] * recipients, dict[Reply, int]()
    if record is not None:
        before = Ledger(record)
        if len(before) != recipients:
            raise ValueError(f"ledger of {len(before)} recipients instead of {recipients}")
        states[:] = before._states
        notes = {note: number for number, note in enumerate(before._notes, 1)}
        numbers = list(before._numbers)
    _note(result.delivered, State.DELIVERED, states, numbers, notes)
    _note(result.temporary, State.TEMPORARY, states, numbers, notes)
    _note(result.permanent, State.PERMANENT, states, numbers, notes)
    for index in result.in_doubt:
        states[index] = State.IN_DOUBT
    return _pack(bytes(states), numbers, notes)


def _checked(index: int, ledger: Ledger) -> int:
    if not 0 <= index < len(ledger):
        raise IndexError(f"no recipient {index} among {len(ledger)}")
    return index


def _note(
    replies: Mapping[int, Reply],
    state: State,
    states: bytearray,
    numbers: list[int],
    notes: dict[Reply, int],
) -> None:
    """Enter the recipients of one outcome."""
    # The recipients of a transaction share a reply object, so look at it once.
    latest, number = None, 0
    for index, reply in replies.items():
        if reply is not latest:
            latest = reply
            text = "" if state is State.DELIVERED else reply.text[:_LONGEST_TEXT]
            note = Reply(reply.code, reply.enhanced, text)
            number = notes.setdefault(note, len(notes) + 1)
        states[index] = state
        numbers[index] = number


def _pack(states: bytes, numbers: list[int], notes: Iterable[Reply]) -> bytes:
    """A record, without the notes that no recipient refers to any more."""
    used = sorted(set(numbers) - {0})
    if used and used[-1] != len(used):
        places = {number: place for place, number in enumerate(used, 1)} | {0: 0}
        numbers = [places[number] for number in numbers]
    width = 1 if len(used) < 0x100 else 2 if len(used) < 0x10000 else 4
    wanted = set(used)
    kept = [note for number, note in enumerate(notes, 1) if number in wanted]
    head = _HEAD.pack(VERSION, width, len(states), len(kept))
    column = struct.pack(f"<{len(numbers)}{_WIDTHS[width]}", *numbers)
    return b"".join([head, states, column, *map(_pack_note, kept)])


def _pack_note(note: Reply) -> bytes:
    enhanced, text = note.enhanced.encode("utf-8", "replace"), note.text.encode("utf-8", "replace")
    return _NOTE.pack(note.code, len(enhanced), len(text)) + enhanced + text


def _unpack_notes(record: bytes, at: int, count: int) -> list[Reply]:
    notes = []
    for _ in range(count):
        code, enhanced, text = _NOTE.unpack_from(record, at)
        middle = at + _NOTE.size + enhanced
        at = middle + text
        if at > len(record):
            raise LedgerFormatError("damaged ledger: it ends in a note")
        notes.append(
            Reply(code, record[middle - enhanced : middle].decode(), record[middle:at].decode())
        )
    return notes
