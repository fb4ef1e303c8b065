"""Tests of mmcore.mta.content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.mta.content import prepare


class TestContent:
    @pytest.mark.parametrize(
        ("source", "wire", "size"),
        [
            (b"", b".\r\n", 0),
            (b"a\r\nb\r\n", b"a\r\nb\r\n.\r\n", 6),
            (b"a\nb\rc\r\n\nd", b"a\r\nb\r\nc\r\n\r\nd\r\n.\r\n", 14),
            (b".\r\n..a\r\nb.\r\n", b"..\r\n...a\r\nb.\r\n.\r\n", 12),
            (b"a\n.\nb\n", b"a\r\n..\r\nb\r\n.\r\n", 9),
            (b"a\r", b"a\r\n.\r\n", 3),
            (b"a\r\r\n", b"a\r\n\r\n.\r\n", 5),
        ],
    )
    def test_is_normalised_and_stuffed(self, source: bytes, wire: bytes, size: int) -> None:
        content = prepare(source)
        assert (b"".join(content.wire), content.size) == (wire, size)

    @given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a"])).map(b"".join))
    def test_ends_at_its_end_and_nowhere_else(self, source: bytes) -> None:
        wire = b"".join(prepare(source).wire)
        assert (b"\r\n" + wire).find(b"\r\n.\r\n") == len(wire) - 3
        assert wire.count(b"\r") == wire.count(b"\n") == wire.count(b"\r\n")
