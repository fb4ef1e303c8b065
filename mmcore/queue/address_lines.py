"""Many addresses in one text: a fourth of the memory of a list of them."""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload


class AddressLines(Sequence[str]):
    """A sequence of addresses that never changes, kept as one text with a line for each.

    Equal to any sequence of the same addresses.
    """

    __slots__ = ("_ends", "text")

    def __init__(self, text: str) -> None:
        """`text` has an address on each line, and no line feed at its end; '' is none."""
        self.text = text
        self._ends = array("I")
        at = 0
        while text and (at := text.find("\n", at)) >= 0:
            self._ends.append(at)
            at += 1
        if text:
            self._ends.append(len(text))

    @classmethod
    def of(cls, addresses: Iterable[str]) -> AddressLines:
        """The same addresses in this form.

        Addresses have no line feeds: what has one is cut in two that nobody owns.
        """
        # Without a list of them all, which may be many.
        text = io.StringIO()
        for address in addresses:
            text.write(address)
            text.write("\n")
        return cls(text.getvalue()[:-1])

    def __len__(self) -> int:
        return len(self._ends)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[str]: ...

    def __getitem__(self, index: int | slice) -> str | Sequence[str]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self._ends)))]
        count = len(self._ends)
        if index < 0:
            index += count
        if not 0 <= index < count:
            raise IndexError(f"no address {index} among {count}")
        return self.text[self._ends[index - 1] + 1 if index else 0 : self._ends[index]]

    def __iter__(self) -> Iterator[str]:
        begin, text = 0, self.text
        for end in self._ends:
            yield text[begin:end]
            begin = end + 1

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, AddressLines):
            return self.text == other.text
        if isinstance(other, (list, tuple)):
            return list(self) == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment] # as a list, whose place it takes

    def __repr__(self) -> str:
        return f"<AddressLines: {len(self)} addresses>"
