"""What an SMTP server answers: bytes cut into replies, and replies read into a `Reply`.

RFC 5321, section 4.2 (codes, several lines); RFC 2034 and 3463 (enhanced
status codes in front of the text).
"""

from __future__ import annotations

import functools
import re
from collections import deque

from mmcore.mta.journal import Reply

_LONGEST_TEXT = 1000
_LONGEST_REPLY = 65536

# Code, enhanced code, text.
_REPLY = re.compile(
    r"([2-5]\d\d)(?:[ -](?:([245]\.\d{1,3}\.\d{1,3})(?= |\r?\Z))?(.*))?", re.ASCII | re.DOTALL
)
# What would break a line of the log, or be no text for a database.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@functools.lru_cache(maxsize=1024)
def parse_reply(raw: bytes) -> Reply:
    """The reply in these lines, of which the last has no line feed.

    Raises ValueError if that is no SMTP reply.
    """
    *before, last = raw.decode("utf-8", "replace").split("\n")
    found = _REPLY.fullmatch(last)
    if not found:
        raise ValueError(f"not an SMTP reply: {last[:80]!r}")
    code, enhanced, text = found.groups("")
    if before:
        first = _REPLY.match(before[0])
        enhanced = (first and first[2]) or ""
        # RFC 2034, section 4: each line of a reply repeats the enhanced code.
        texts = [line[4:].removeprefix(enhanced).strip() for line in (*before, last)]
        text = " ".join(filter(None, texts))
    text = text.strip()
    if enhanced[:1] != code[0]:
        text, enhanced = f"{enhanced} {text}".strip(), ""
    if not text.isprintable():
        text = _CONTROL.sub("\ufffd", text)
    return Reply(int(code), enhanced, text[:_LONGEST_TEXT])


class ReplyBuffer:
    """Bytes as they come in, cut into replies."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._rest = b""
        # The lines of a reply whose last one is not here yet.
        self._begun: list[bytes] = []
        self._length = 0

    def feed(self, data: bytes) -> None:
        """Add what came in; raises ValueError if a reply has no end."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._lines.extend(lines)
        if len(self._rest) > _LONGEST_REPLY:
            raise ValueError("a reply without end")

    def take(self) -> bytes | None:
        """The next reply as `parse_reply` wants it; None if it is not whole yet.

        Raises ValueError if it has no end.
        """
        while self._lines:
            line = self._lines.popleft()
            if line[3:4] == b"-":
                self._begun.append(line)
                self._length += len(line)
                if self._length > _LONGEST_REPLY:
                    raise ValueError("a reply without end")
            elif self._begun:
                raw = b"\n".join([*self._begun, line])
                self._begun, self._length = [], 0
                return raw
            else:
                return line
        return None

    def __bool__(self) -> bool:
        """Whether there is anything that nobody took."""
        return bool(self._lines or self._rest or self._begun)
