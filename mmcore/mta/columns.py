"""Columns of numbers as a few bytes, at the speed of C: for records of the ledger.

A column is stored as the differences from one number to the next, in the width that they
need, and by bytes of equal weight: first the lowest byte of each, then the next.  What rises
slowly or repeats itself becomes long runs, of which zlib leaves next to nothing.
"""

from __future__ import annotations

import operator
import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain

_HEAD = struct.Struct("<BI")
_NARROW = "bhi"
_WIDTHS = {1: "b", 2: "h", 4: "i", 8: "q"}


def pack_column(numbers: Sequence[int]) -> bytes:
    """A column, to be compressed and read by `unpack_column`; numbers of less than 63 bits."""
    # Not a list: its numbers would be objects.
    steps = array("q", map(operator.sub, numbers, chain((0,), numbers)))
    column = _little_endian(_narrow(steps))
    data, width = column.tobytes(), column.itemsize
    return _HEAD.pack(width, len(steps)) + b"".join(data[place::width] for place in range(width))


def unpack_column(data: bytes, at: int) -> tuple[array[int], int]:
    """The column that begins at a place, and where the next one begins.

    Raises struct.error, KeyError, ValueError or OverflowError for what is no column of
    numbers from 0 to 2**32 - 1.
    """
    width, count = _HEAD.unpack_from(data, at)
    code = _WIDTHS[width]
    begin = at + _HEAD.size
    end = begin + width * count
    if end > len(data):
        raise ValueError("a column is cut short")
    mixed = bytearray(width * count)
    for place in range(width):
        mixed[place::width] = data[begin + place * count : begin + (place + 1) * count]
    return array("I", accumulate(_little_endian(array(code, bytes(mixed))))), end


def _narrow(steps: array[int]) -> array[int]:
    """These numbers in the narrowest type that has room for all of them."""
    for code in _NARROW:
        try:
            return array(code, steps)
        except OverflowError:
            continue
    return steps


def _little_endian(column: array[int]) -> array[int]:
    """The column itself, with its bytes swapped on the machines that need it."""
    if sys.byteorder == "big":
        column.byteswap()
    return column
