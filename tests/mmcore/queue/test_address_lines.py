"""Many addresses in one text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.queue.address_lines import AddressLines

ADDRESSES = st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1))


class TestAddressLines:
    @given(ADDRESSES)
    def test_behaves_like_a_list(self, addresses: list[str]) -> None:
        lines = AddressLines.of(addresses)
        assert len(lines) == len(addresses)
        assert list(lines) == addresses
        assert [lines[index] for index in range(len(addresses))] == addresses
        assert [lines[-index] for index in range(1, len(addresses) + 1)] == addresses[::-1]
        assert lines[1:3] == addresses[1:3]
        assert lines == addresses
        assert lines == AddressLines(lines.text)

    def test_there_is_nothing_beyond_the_ends(self) -> None:
        lines = AddressLines("a@x\nb@x")
        for index in (2, -3):
            with pytest.raises(IndexError):
                lines[index]

    def test_differs_from_other_addresses_and_other_things(self) -> None:
        lines = AddressLines("a@x")
        assert lines != ["b@x"]
        assert lines != AddressLines("")
        assert lines != "a@x"

    def test_shows_no_thousand_addresses(self) -> None:
        assert repr(AddressLines("a@x\nb@x")) == "<AddressLines: 2 addresses>"
