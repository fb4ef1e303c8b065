"""Finds out which of the list's topics a post is about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.message.headers import decode, encode
from mmcore.services.searching import searched

_FIELDS = ("subject", "keywords")
_LINE = re.compile(r"(?:subject|keywords)[ \t]*:(.*)", re.IGNORECASE)
#: Lines looked at where a list sets no limit, and blank ones among them where it does.
_MOST_LINES = 5000
_MOST_BLANK_LINES = 100
#: Texts that topics are looked for in.
_MOST_TEXTS = 100


def beginning(msg: Any, limit: int) -> Iterator[str]:
    """The first lines of a text that are not blank; a negative limit is none.

    Only of messages that are plain text, or offer it as an alternative.
    """
    if limit == 0 or msg.get_content_type() not in ("text/plain", "multipart/alternative"):
        return
    left = limit if 0 < limit < _MOST_LINES else _MOST_LINES
    for line in msg.text_lines(left + _MOST_BLANK_LINES):
        if line.strip():
            yield line
            left -= 1
            if not left:
                return


def about(msg: Any, limit: int) -> tuple[str, ...]:
    """What a message says of its topics: Subject and Keywords, fields or first lines."""
    texts = [decode(value) for name in _FIELDS for value in msg.get_all(name, ())]
    for line in beginning(msg, limit):
        if found := _LINE.match(line):
            texts.append(found[1].strip())
    # Each once, in their order.
    return tuple(dict.fromkeys(texts))[:_MOST_TEXTS]


def topics_of(topics: Any, texts: tuple[str, ...]) -> list[str]:
    """Names of the topics, sorted, one of whose patterns is found in one of the texts."""
    searches, names = [], []
    for topic in topics:
        for pattern in filter(None, map(str.strip, topic.pattern.splitlines())):
            searches.append((pattern, texts))
            names.append(topic.name)
    # Not strict: where the time is up, the rest is not found.
    found = zip(names, searched(searches), strict=False)
    return sorted({name for name, where in found if where is not None})


@handler
@implementer(IHandler)
class Tagger:
    """Writes the names of the topics down in `X-Topics` and in `topichits`.

    `topichits` is there whenever topics have been looked for, also when none was found: who
    wants posts without a topic gets these.
    """

    name = "tagger"
    description = mark("Find out which of the list's topics the post is about.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        if not mlist.topics_enabled or not mlist.topics:
            return
        hits = topics_of(mlist.topics, about(msg, mlist.topics_bodylines_limit))
        # What others say about topics is not about those of this list.
        del msg["x-topics"]
        msgdata["topichits"] = hits
        if hits:
            msg["X-Topics"] = "\n\t".join(map(encode, hits))
