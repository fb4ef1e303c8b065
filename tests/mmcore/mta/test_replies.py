"""Tests of mmcore.mta.replies."""

from __future__ import annotations

import pytest

from mmcore.mta.journal import Reply
from mmcore.mta.replies import parse_reply


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
