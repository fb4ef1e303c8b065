"""Tests of mmcore.mta.replies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.mta.journal import Reply
from mmcore.mta.replies import ReplyBuffer, parse_reply


class TestReply:
    @pytest.mark.parametrize(
        ("raw", "reply"),
        [
            (b"250 2.1.5 Ok\r", Reply(250, "2.1.5", "Ok")),
            (b"250", Reply(250)),
            (
                b"354 End data with <CR><LF>.<CR><LF>",
                Reply(354, "", "End data with <CR><LF>.<CR><LF>"),
            ),
            (b"550-5.1.1 No such\r\n550 5.1.1 user\r", Reply(550, "5.1.1", "No such user")),
            (b"550-No such\r\n550-\r\n550 user", Reply(550, "", "No such user")),
            (b"250 5.1.1 odd", Reply(250, "", "5.1.1 odd")),
            (b"550 5.1.1", Reply(550, "5.1.1")),
            (b"550 5.1.1000 x", Reply(550, "", "5.1.1000 x")),
            (b"550 \xff", Reply(550, "", "\ufffd")),
            (b"550 5.1.1 a\x00b\x1b[2Jc", Reply(550, "5.1.1", "a\ufffdb\ufffd[2Jc")),
            (b"250-5.1.1 odd\r\n250 5.1.1 too", Reply(250, "", "5.1.1 odd too")),
            (b"299 2.0.0\r", Reply(299, "2.0.0")),
        ],
    )
    def test_is_taken_apart(self, raw: bytes, reply: Reply) -> None:
        assert parse_reply(raw) == reply

    @pytest.mark.parametrize(
        "raw", [b"", b"25", b"hello", b"2500 x", b"650 x", b"\xd9\xa3\xd9\xa3\xd9\xa3"]
    )
    def test_what_is_none_is_refused(self, raw: bytes) -> None:
        with pytest.raises(ValueError, match="not an SMTP reply"):
            parse_reply(raw)


class TestReplyBuffer:
    @given(st.lists(st.integers(1, 12)))
    def test_cuts_what_comes_in_at_any_place(self, lengths: list[int]) -> None:
        data, buffer, found = b"220 hi\r\n250-a\r\n250-b\r\n250 c\r\n250\r\n", ReplyBuffer(), []
        for length in (*lengths, len(data)):
            piece, data = data[:length], data[length:]
            buffer.feed(piece)
            while (raw := buffer.take()) is not None:
                found.append(raw)
        assert found == [b"220 hi\r", b"250-a\r\n250-b\r\n250 c\r", b"250\r"]
        assert not buffer

    @pytest.mark.parametrize("data", [b"2", b"250 a\r", b"250-a\r\n", b"250 a\r\n"])
    def test_tells_what_nobody_took(self, data: bytes) -> None:
        buffer = ReplyBuffer()
        buffer.feed(data)
        assert buffer
        if not data.startswith(b"250 a\r\n"):
            assert buffer.take() is None
            assert buffer

    @pytest.mark.parametrize("data", [b"250-" + b"x" * 1000, b"250-x\r\n" * 1000])
    def test_refuses_a_reply_without_end(self, data: bytes) -> None:
        buffer = ReplyBuffer()
        with pytest.raises(ValueError, match="without end"):
            for _ in range(100):
                buffer.feed(data)
                assert buffer.take() is None
