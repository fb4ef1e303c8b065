"""What became of each recipient of a delivery, in columns: a dozen bytes a recipient.

A message may have a hundred thousand recipients, and an object for each would cost more
memory than all else that delivery needs.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from enum import IntEnum

from mmcore.mta.journal import Reply

#: Longer texts of replies are cut.
LONGEST_TEXT = 500
_SHORT = 0xFFFF


class State(IntEnum):
    """What is known of a recipient; the numbers are stored."""

    WAITING = 0
    DELIVERED = 1
    TEMPORARY = 2
    PERMANENT = 3
    IN_DOUBT = 4


#: Recipients in these states are not tried again.
SETTLED = (State.DELIVERED, State.PERMANENT, State.IN_DOUBT)


class Outcomes:
    """Columns with a row for each recipient, by index.

    `states` are `State` numbers; `notes` are places in `replies`, counted from 1; `batches`
    are numbers of SMTP transactions of this delivery, counted from 1, and `times` seconds since
    the epoch.  In all but the first 0 means that there is none.  Replies of recipients that
    have the message are kept without their text, which is new with every transaction.
    """

    __slots__ = ("_places", "batches", "notes", "replies", "states", "times")

    def __init__(self, count: int) -> None:
        self.states = bytearray(count)
        self.notes = array("H", bytes(2 * count))
        self.batches = array("I", bytes(4 * count))
        self.times = array("I", bytes(4 * count))
        self.replies: list[Reply] = []
        self._places: dict[Reply, int] = {}

    def __len__(self) -> int:
        return len(self.states)

    def settle(
        self, indices: Iterable[int], state: State, reply: Reply, batch: int = 0, when: int = 0
    ) -> None:
        """Write down what became of some recipients; the latest word counts."""
        note = self._note(state, reply)
        states, notes, batches, times = self.states, self.notes, self.batches, self.times
        for index in indices:
            states[index] = state
            notes[index] = note
            batches[index] = batch
            times[index] = when

    def doubt(self, indices: Iterable[int]) -> None:
        """Write down that nobody knows whether these have the message."""
        for index in indices:
            self.states[index] = State.IN_DOUBT

    def give_up(self) -> None:
        """Whoever failed for now has failed for good."""
        self.states = self.states.replace(bytes([State.TEMPORARY]), bytes([State.PERMANENT]))

    def reply_of(self, index: int) -> Reply | None:
        """The reply for a recipient; None if there was none."""
        note = self.notes[index]
        return self.replies[note - 1] if note else None

    def count(self, state: State) -> int:
        """How many recipients are in a state."""
        return self.states.count(state)

    def indices(self, *states: State) -> Iterator[int]:
        """The recipients in any of these states, in order."""
        for index, state in enumerate(self.states):
            if state in states:
                yield index

    def with_replies(self, state: State) -> Sequence[tuple[int, Reply]]:
        """(recipient, reply) of those in a state, in order."""
        return [(index, self.replies[self.notes[index] - 1]) for index in self.indices(state)]

    def _note(self, state: State, reply: Reply) -> int:
        text = "" if state is State.DELIVERED else reply.text[:LONGEST_TEXT]
        kept = reply if reply.text == text else Reply(reply.code, reply.enhanced, text)
        place = self._places.get(kept)
        if place is None:
            self.replies.append(kept)
            place = self._places[kept] = len(self.replies)
            if place > _SHORT and self.notes.typecode == "H":
                self.notes = array("I", self.notes)
        return place
