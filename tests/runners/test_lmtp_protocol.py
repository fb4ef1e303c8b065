"""Receiving the text of a message."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.lmtp_protocol import read_data


def received(wire: bytes, limit: int | None = None, pieces: int = 7, buffer: int = 16):
    """(text, what follows it) when the wire's bytes arrive in pieces."""

    async def read():
        reader = asyncio.StreamReader(limit=buffer)

        async def feed():
            for start in range(0, len(wire), pieces):
                reader.feed_data(wire[start : start + pieces])
                await asyncio.sleep(0)
            reader.feed_eof()

        feeding = asyncio.create_task(feed())
        text = await asyncio.wait_for(read_data(reader, limit), 10)
        await feeding
        return text, await reader.read()

    return asyncio.run(read())


def stuffed(text: bytes) -> bytes:
    """A text in CRLF lines as it is sent (RFC 5321, 4.5.2)."""
    lines = text.split(b"\r\n")
    return (
        b"\r\n".join(b"." + line if line.startswith(b".") else line for line in lines) + b".\r\n"
    )


class TestReadData:
    def test_text_ends_at_the_line_with_a_single_dot(self):
        assert received(b"one\r\ntwo\r\n.\r\nQUIT\r\n") == (b"one\r\ntwo\r\n", b"QUIT\r\n")

    def test_empty_text(self):
        assert received(b".\r\nQUIT\r\n") == (b"", b"QUIT\r\n")

    def test_stuffed_dots_are_taken_away(self):
        assert received(b"..one\r\n..\r\n...three\r\n.\r\n")[0] == b".one\r\n.\r\n..three\r\n"

    @pytest.mark.parametrize("smuggled", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r"])
    def test_other_line_ends_do_not_end_the_text(self, smuggled):
        text, rest = received(b"one" + smuggled + b"two\r\n.\r\n")
        assert b"one" in text and b"two\r\n" in text and rest == b""

    def test_line_that_ends_in_a_dot(self):
        assert received(b"A sentence.\r\n.\r\n")[0] == b"A sentence.\r\n"

    def test_too_large_a_text_is_read_to_its_end(self):
        assert received(b"x" * 500 + b"\r\n.\r\nQUIT\r\n", limit=100) == (None, b"QUIT\r\n")

    @pytest.mark.parametrize("size", range(95, 100))
    def test_text_of_at_most_the_limit(self, size):
        assert received(b"x" * size + b"\r\n.\r\n", limit=101)[0] == b"x" * size + b"\r\n"

    @pytest.mark.parametrize("size", range(100, 110))
    def test_text_of_more_than_the_limit(self, size):
        assert received(b"x" * size + b"\r\n.\r\n", limit=101)[0] is None

    @given(
        st.lists(st.sampled_from([b".", b"\r\n", b"\r", b"\n", b"x", b"..", b"long text "])),
        st.integers(1, 40),
        st.integers(5, 40),
    )
    def test_every_text_arrives_whole(self, pieces, step, buffer):
        text = b"".join(pieces) + b"\r\n"
        assert received(stuffed(text) + b"QUIT\r\n", None, step, buffer) == (text, b"QUIT\r\n")
