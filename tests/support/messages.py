"""Messages written in the test that needs them."""

from __future__ import annotations

from textwrap import dedent

from mmcore.message.message import Message


def message(text: str) -> Message:
    """The message of an indented text; line ends become CRLF."""
    data = dedent(text).encode("utf-8", "surrogateescape").replace(b"\r\n", b"\n")
    data = data.replace(b"\n", b"\r\n")
    msg = Message.parse(data)
    msg.original_size = len(data)
    return msg
