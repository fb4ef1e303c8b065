"""aiosmtpd's LMTP, as a mailing-list engine needs it: fewer limits, and less memory.

aiosmtpd takes a message line by line and keeps a list of the lines: of a message of 30 MB
that is four times its size at the worst moment.  Here it arrives in large pieces, and is
held once, or twice for a moment.
"""

from __future__ import annotations

import re
from asyncio import LimitOverrunError, StreamReader

from aiosmtpd.lmtp import LMTP

#: A path that needs no parser, and its parameters.
PLAIN_PATH = re.compile(r"[ \t]*<([\w!#$%&'*+/=?^`{|}~.-]+@[\w.-]+)>(?: (.*))?$", re.ASCII)

#: The line that ends a message, and the same after the end of another line.
END = b".\r\n"
LINE_AND_END = b"\r\n.\r\n"

TOO_LARGE = "552 5.3.4 Error: Too much mail data"


class LMTPServer(LMTP):
    """One session (RFC 2033)."""

    # RFC 5321 allows 64 octets in a local part; VERP and confirmations need more.
    local_part_limit = 0
    # A line longer than 998 octets is no reason to refuse a message.
    line_length_limit = 2**20

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The path of MAIL or RCPT, and what follows it.

        aiosmtpd asks the full RFC 5322 parser, at 0.1 ms each; nearly all paths
        are plain (RFC 5321, 4.1.2, without quotes, routes or comments).
        """
        if plain := PLAIN_PATH.match(arg):
            return plain[1], plain[2] or ""
        return super()._getaddr(arg)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's name
        """DATA: take the text and have the handler answer, once for each recipient."""
        if await self.check_helo_needed("LHLO"):
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 Error: need RCPT command")
            return
        if arg:
            await self.push("501 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await read_data(self._reader, self.data_size_limit)
        if content is None:
            replies = "\r\n".join([TOO_LARGE] * len(envelope.rcpt_tos))
        else:
            envelope.content = envelope.original_content = content
            replies = await self._call_handler_hook("DATA")
        self._set_post_data_state()
        await self.push(replies)


async def read_data(reader: StreamReader, limit: int | None) -> bytes | None:
    """Read a text up to the line with a single dot; stuffed dots are taken away.

    None for one of more than `limit` bytes, which is read to its end and forgotten.
    Only CRLF ends a line (RFC 5321, 2.3.8): a dot between other line ends is part of the
    text, or two servers would see different messages in the same bytes.
    """
    data = bytearray()
    forgotten = False
    while True:
        try:
            data += await reader.readuntil(END)
        except LimitOverrunError as overrun:
            # The end is not in what has arrived, or far away.
            data += await reader.readexactly(overrun.consumed)
        if data.endswith(LINE_AND_END) or data == END:
            break
        forgotten = forgotten or bool(limit and len(data) > limit + len(LINE_AND_END))
        if forgotten:
            # What may be the beginning of the end has to stay.
            del data[: -len(LINE_AND_END)]
    del data[-len(END) :]
    if forgotten or (limit and len(data) > limit):
        return None
    if data.startswith(b"."):
        del data[0]
    content = bytes(data)
    data.clear()
    return content.replace(b"\r\n.", b"\r\n")
