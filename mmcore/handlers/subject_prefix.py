"""Puts the list's prefix in front of the Subject, in whatever charset that is (RFC 2047)."""

from __future__ import annotations

import re
from email.header import Header
from functools import lru_cache
from typing import Any

from zope.interface import implementer

from i18n import _, mark, using
from mmcore.directives import handler
from mmcore.handlers.base import first_line
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import ENCODED_WORD, decode_certain, decode_exactly, encode

#: `%d` and the like in a prefix stand for the number of the post.
_NUMBER = re.compile(r"%(0?\d{0,2})d")
# Possessive, because the blanks may be very many.
_REPLY = re.compile(r"(?:(?:re|aw|sv|vs)\s*+(?:\[\d++\]\s*+)?:\s*+)+", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]+")


@lru_cache(maxsize=4096)
def _pattern(prefix: str) -> re.Pattern[str]:
    """What finds an existing prefix, whatever the number in it."""
    text = prefix.strip()
    words = (
        r"\s*+\d++".join(re.escape(piece) for piece in _NUMBER.split(word)[::2])
        for word in text.split()
    )
    pattern = r"\s++".join(words)
    # A prefix that is a mere word must not be cut out of longer words.
    shown = _NUMBER.sub("1", text)
    before = r"(?<!\w)" if re.match(r"\w", shown) else ""
    after = r"(?!\w)" if re.search(r"\w$", shown) else ""
    return re.compile(f"{before}{pattern}{after}\\s*+", re.IGNORECASE)


def _expand(prefix: str, post_id: int) -> str:
    # No blank at the end would glue it to the first word.
    prefix = _NUMBER.sub(lambda match: format(post_id, match[1] + "d"), prefix)
    return prefix if prefix[-1:].isspace() else prefix + " "


def _decode(raw: str) -> tuple[str, str] | None:
    """(text, charset of its encoded words) of a field value, or None if it cannot be read."""
    decoded = decode_exactly(raw)
    return None if decoded is None else (_CONTROLS.sub(" ", decoded[0]), decoded[1])


def _encode(prefix: str, rest: str, charset: str) -> str:
    """The value of the new field; only what must be encoded is."""
    if prefix.isascii() and "=?" not in prefix:
        return prefix + encode(rest, charset)
    return encode(prefix + rest)


def _with_words(text: str) -> str:
    """A text in which encoded words that nobody here can read go on as they came."""
    pieces = []
    position = 0
    for word in ENCODED_WORD.finditer(text):
        pieces += [_beside_words(text, position, word.start()), word[0]]
        position = word.end()
    pieces.append(_beside_words(text, position, len(text)))
    return " ".join(filter(None, pieces))


def _beside_words(text: str, start: int, end: int) -> str:
    """What stands between encoded words, as it must be written with blanks around it."""
    piece = text[start:end]
    apart = (not start or piece[:1] == " ") and (end == len(text) or piece[-1:] == " ")
    if not piece.strip() or (apart and piece.isascii()):
        return piece.strip()
    # Blanks between encoded words do not count (RFC 2047, section 6.2): those that do are inside.
    return Header(piece, "utf-8").encode().replace("\n", "")


def _encode_prefix(prefix: str, text: str) -> str:
    """The prefix with the blank after it, as it must be in front of a raw text."""
    if prefix.isascii():
        return prefix
    # A blank between encoded words does not count (RFC 2047, section 6.2): then it goes inside.
    inside = prefix if text.startswith("=?") else prefix.rstrip()
    return Header(inside, "utf-8").encode().replace("\n", "") + " "


@handler
@implementer(IHandler)
class SubjectPrefix:
    """Removes prefixes and reply marks that are there and writes one of each."""

    name = "subject-prefix"
    description = mark("Put the list's prefix in front of the subject.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        prefix = first_line(mlist.subject_prefix or "")
        if not prefix or msgdata.get("isdigest") or msgdata.get("_fasttrack"):
            return
        if mlist.subject_prefix[-1:].isspace():
            prefix += " "
        raw = str(msg.get("subject", ""))
        msgdata["original_subject"] = raw
        decoded = _decode(raw)
        text, charset = decoded or (_CONTROLS.sub(" ", decode_certain(raw)), "us-ascii")
        text = _pattern(prefix).sub("", text).strip()
        reply = ""
        if found := _REPLY.match(text):
            reply, text = "Re: ", text[found.end() :]
        if not text:
            with using(mlist.preferred_language):
                text = _("(no subject)")
        msgdata["stripped_subject"] = reply + text
        prefix = _expand(prefix, mlist.post_id) + reply
        del msg["subject"]
        if decoded is None:
            text = _with_words(text)
            msg["Subject"] = _encode_prefix(prefix, text) + text
        else:
            msg["Subject"] = _encode(prefix, text, charset)
