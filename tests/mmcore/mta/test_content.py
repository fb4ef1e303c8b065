"""Tests of mmcore.mta.content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.message.writing import as_sent
from mmcore.mta.content import Content

_SOURCES = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a"])).map(b"".join)


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
        content = Content(source)
        assert (b"".join(content.after_data()), content.size) == (wire, size)

    @given(_SOURCES)
    def test_ends_at_its_end_and_nowhere_else(self, source: bytes) -> None:
        wire = b"".join(Content(source).after_data())
        assert (b"\r\n" + wire).find(b"\r\n.\r\n") == len(wire) - 3
        assert wire.count(b"\r") == wire.count(b"\n") == wire.count(b"\r\n")

    @given(_SOURCES)
    def test_in_chunks_is_the_same_without_stuffing(self, source: bytes) -> None:
        content = Content(source)
        stuffed = (b"\r\n" + b"".join(content.after_data()))[: -len(b".\r\n")]
        plain = stuffed.replace(b"\r\n..", b"\r\n.").removeprefix(b"\r\n")
        command, text = b"".join(content.last_chunk()).split(b"\r\n", 1)
        assert (command, text) == (b"BDAT %d LAST" % len(plain), plain)
        if plain:
            first = content.first_chunk().removeprefix(b"BDAT 1\r\n")
            command, rest = b"".join(content.last_chunk(len(first))).split(b"\r\n", 1)
            assert (command, first + rest) == (b"BDAT %d LAST" % (len(plain) - 1), plain)

    def test_that_needs_no_change_is_not_copied(self) -> None:
        source = b"Subject: Hello\r\n\r\nBody\r\n"
        assert Content(source).after_data()[0] is source
        assert Content(source).last_chunk()[1] is source

    @given(_SOURCES)
    def test_in_canonical_form_is_the_same(self, source: bytes) -> None:
        lines = as_sent(source)
        known, seen = Content(lines, canonical=True), Content(lines)
        assert b"".join(known.after_data()) == b"".join(seen.after_data())
        assert known.last_chunk() == seen.last_chunk()
        assert (known.size, known.eight_bit) == (seen.size, seen.eight_bit)

    @pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r\n"])
    def test_that_is_not_what_it_is_said_to_be_does_not_end_in_the_middle(
        self, end: bytes
    ) -> None:
        content = Content(b"a" + end + b"MAIL FROM:<>\r\n", canonical=True)
        assert b"".join(content.after_data()) == b"a\r\n..\r\nMAIL FROM:<>\r\n.\r\n"
