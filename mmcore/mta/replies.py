"""What an SMTP server answers, read into a `Reply`.

RFC 5321, section 4.2 (codes, several lines); RFC 2034 and 3463 (enhanced
status codes in front of the text).
"""

from __future__ import annotations

import functools
import re

from mmcore.mta.journal import Reply

_LONGEST_TEXT = 1000

_REPLY = re.compile(r"[2-5]\d\d(?:[ -].*)?", re.ASCII)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)", re.ASCII)


@functools.lru_cache(maxsize=1024)
def parse_reply(raw: bytes) -> Reply:
    """The reply in these lines, of which the last has no line feed.

    Raises ValueError if that is no SMTP reply.
    """
    lines = [line.rstrip("\r") for line in raw.decode("utf-8", "replace").split("\n")]
    if not _REPLY.fullmatch(lines[-1]):
        raise ValueError(f"not an SMTP reply: {lines[-1][:80]!r}")
    code, found = lines[-1][:3], _ENHANCED.match(lines[0][4:])
    enhanced = found[1] if found and found[1][0] == code[0] else ""
    # RFC 2034, section 4: each line of a reply repeats the enhanced code.
    texts = (line[4:].removeprefix(enhanced).strip() for line in lines)
    return Reply(int(code), enhanced, " ".join(filter(None, texts))[:_LONGEST_TEXT])
