"""What is known of the recipients of a message, packed: some thirty bytes for each."""

from __future__ import annotations

from array import array

from mmcore.services.personal import Person

#: Between the texts of a person; clean texts have none.
_END = "\0"
_ID_OCTETS = 16
_UNKNOWN = "-"


class Roll:
    """A row for each recipient, by index: the kind of the copy, and what stands in it.

    The addresses are kept elsewhere.  It is filled, then closed, then read, by any thread.
    """

    __slots__ = ("_data", "_ends", "kinds")

    def __init__(self) -> None:
        #: The kind of each recipient's copy.
        self.kinds = bytearray()
        self._ends = array("I")
        self._data: bytearray | bytes = bytearray()

    def __len__(self) -> int:
        return len(self.kinds)

    def add(self, kind: int, person: Person | None) -> None:
        """Add the next recipient; None if no copy says anything but the address."""
        self.kinds.append(kind)
        if person is None:
            return
        assert isinstance(self._data, bytearray)
        if person.member_id:
            self._data += bytes.fromhex(person.member_id)
        text = person.name
        if person.original or person.language or not person.is_registered:
            # What is unusual is at the end.
            unknown = "" if person.is_registered else _UNKNOWN
            text = _END.join((text, person.original, person.language, unknown)).rstrip(_END)
        self._data += text.encode("utf-8", "replace")
        self._ends.append(len(self._data))

    def close(self) -> None:
        """Nobody is added any more."""

    def person(self, index: int, email: str, is_member: bool) -> Person:
        """What is known of a recipient."""
        if not self._ends:
            return Person(email)
        row = self._data[self._ends[index - 1] if index else 0 : self._ends[index]]
        member_id, texts = (row[:_ID_OCTETS].hex(), row[_ID_OCTETS:]) if is_member else ("", row)
        if _END not in (text := texts.decode("utf-8")):
            return Person(email, member_id, text)
        name, original, language, unknown, *_rest = (text + 3 * _END).split(_END)
        return Person(email, member_id, name, original, language, not unknown)
