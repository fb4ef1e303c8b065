"""Tests of mmcore.mta.columns."""

from __future__ import annotations

import struct
import sys
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.mta.columns import pack_column, unpack_column

#: Errors that damaged bytes end with.
DAMAGE = (struct.error, KeyError, ValueError, OverflowError)


class TestColumns:
    @given(st.lists(st.integers(0, 2**32 - 1)), st.binary(max_size=5))
    def test_a_column_is_read_as_it_was_packed(self, numbers: list[int], after: bytes) -> None:
        packed = pack_column(numbers)
        column, end = unpack_column(b"before" + packed + after, 6)
        assert list(column) == numbers
        assert end == 6 + len(packed)

    def test_arrays_can_be_packed(self) -> None:
        assert pack_column(array("H", [1, 2, 3])) == pack_column([1, 2, 3])

    @pytest.mark.parametrize(
        ("numbers", "width"),
        [
            ([], 1),
            ([127, 254, 126], 1),
            ([128], 2),
            ([127, 255], 2),
            ([128, 0, 2**15 - 1], 2),
            ([2**15], 4),
            ([2**31 - 1, 0], 4),
            ([2**31], 8),
        ],
    )
    def test_a_column_is_as_narrow_as_its_differences(
        self, numbers: list[int], width: int
    ) -> None:
        assert len(pack_column(numbers)) == 5 + width * len(numbers)
        assert list(unpack_column(pack_column(numbers), 0)[0]) == numbers

    def test_the_order_of_bytes_is_that_of_the_format_on_every_machine(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert pack_column([1, 1000]) == b"\2" + b"\2\0\0\0" + b"\x01\xe7" + b"\0\3"
        other = "little" if sys.byteorder == "big" else "big"
        monkeypatch.setattr(sys, "byteorder", other)
        # A machine that swaps without need: the halves change places.
        assert pack_column([1, 1000]) == b"\2" + b"\2\0\0\0" + b"\0\3" + b"\x01\xe7"
        assert list(unpack_column(pack_column([1, 1000]), 0)[0]) == [1, 1000]

    def test_a_column_cut_short_is_an_error(self) -> None:
        packed = pack_column([5, 500, 50_000])
        for end in range(len(packed)):
            with pytest.raises(DAMAGE):
                unpack_column(packed[:end], 0)

    @pytest.mark.parametrize(
        "data", [b"\1\1\0\0\0\xff", b"\3\1\0\0\0abc", b"\x08\1\0\0\0" + b"\x7f" * 8]
    )
    def test_what_no_column_has_is_an_error(self, data: bytes) -> None:
        with pytest.raises(DAMAGE):
            unpack_column(data, 0)

    @given(st.binary())
    def test_any_bytes_are_a_column_or_one_of_these_errors(self, data: bytes) -> None:
        try:
            column, end = unpack_column(data, 0)
        except DAMAGE:
            return
        assert end <= len(data)
        assert len(column) <= len(data)
