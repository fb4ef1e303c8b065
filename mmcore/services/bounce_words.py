"""Failures in the words of their readers: causes, and what the other server said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from i18n import _, mark
from mmcore.interfaces.bounce import BounceCause
from mmcore.message.headers import one_line

#: More of a reply says nothing more.
_LONGEST_REPLY = 300

_CAUSES = {
    BounceCause.mailbox_gone: mark("The mailbox does not exist, or is closed"),
    BounceCause.mailbox_full: mark("The mailbox is full"),
    BounceCause.policy: mark("Refused by a policy of the author's or the reader's server"),
    BounceCause.reputation: mark("The sending server has a bad reputation"),
    BounceCause.content: mark("Refused for what the message contains"),
    BounceCause.rate: mark("Too much mail at a time"),
    BounceCause.network: mark("The server could not be reached"),
    BounceCause.list_dns: mark("Something is wrong with the DNS entries of the sending server"),
    BounceCause.complaint: mark("The reader has reported the mail as spam"),
    BounceCause.unknown: mark("The reason is unknown"),
}


def cause_in_words(cause: BounceCause) -> str:
    """A cause in the current language."""
    return _(_CAUSES[cause])


def reply_in_words(failure: Any) -> str:
    """What the other server said, on one line; '' if it said nothing.

    `failure` is an event, or anything else with code, enhanced and text.
    """
    code = str(failure.code) if failure.code else ""
    words = " ".join(filter(None, (code, failure.enhanced, one_line(failure.text))))
    return words[:_LONGEST_REPLY]


def reason(event: Any) -> str:
    """Why mail came back: indented lines in the current language; for None that it is unknown."""
    if event is None:
        return indented([cause_in_words(BounceCause.unknown)])
    return indented([cause_in_words(event.cause), reply_in_words(event)])


def summary(causes: Iterable[BounceCause]) -> str:
    """How often there was which cause: indented lines in the current language."""
    found = Counter(causes).most_common()
    return indented(f"{times} × {cause_in_words(cause)}" for cause, times in found)


def some_replies(failures: Iterable[Any], most: int = 3) -> str:
    """The first different replies: indented lines; in words, if nobody said anything."""
    found: dict[str, str] = {}
    for failure in failures:
        if words := reply_in_words(failure):
            # They differ in their numbers and addresses if in nothing else.
            found.setdefault(words[:40], words)
            if len(found) == most:
                break
    return indented(found.values() or [_("(no reply is known)")])


def indented(lines: Iterable[str]) -> str:
    """Lines of a block that nobody wraps."""
    return "\n".join(f"    {line}" for line in lines if line)
