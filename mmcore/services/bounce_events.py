"""Noting that somebody did not get a message, for the runner `bounces` to weigh."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from mmcore.interfaces.bounce import BounceContext
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.message.addresses import is_valid
from mmcore.message.headers import one_line
from mmcore.message.replies import words_of
from mmcore.services.bounce_causes import classify

log = logging.getLogger("mmcore.bounce")

#: The queue whose runner weighs events.
QUEUE = "bounces"
#: What a server says is a line or two; some enclose a page of help.
_LONGEST_TEXT = 1000
_LONGEST_ID = 998


@dataclass(frozen=True)
class Failure:
    """A recipient who did not get a message, and what was said about it."""

    email: str
    code: int = 0
    #: Enhanced status code (RFC 3463).
    enhanced: str = ""
    text: str = ""


def register(
    engine: Any,
    site: Any,
    list_id: str,
    failure: Failure,
    context: BounceContext = BounceContext.normal,
    *,
    message_id: str = "",
    source: str = "smtp",
    content: str = "",
) -> Any:
    """Add a bounce event, and have it weighed after the commit.

    `message_id` is of the message that did not arrive, `source` one of those of `IBounceEvent`,
    `content` a reference to the report, which stays as long as the event.  Returns the event, or
    None where nobody can be blamed: without a list, or for what is no address.
    """
    if not list_id or not is_valid(failure.email):
        return None
    cause = classify(failure.code, failure.enhanced, failure.text, context)
    event = site.bounce_events.add(
        list_id,
        failure.email,
        context,
        cause,
        # Processes that add at the same time have lanes of their own.
        lane=engine.content.writer,
        message_id=one_line(message_id)[:_LONGEST_ID],
        code=failure.code,
        enhanced=failure.enhanced,
        text=words_of(one_line(failure.text), failure.code)[:_LONGEST_TEXT],
        source=source,
        content=content,
    )
    log.info(
        "%s: %s has failed, %s (%s): %s %s %s", list_id, event.email, cause.name, event.source,
        event.code or "-", event.enhanced or "-", event.text or "-",
    )  # fmt: skip
    engine.mailroom(site).announce(QUEUE)
    return event


def report_of(engine: Any, context: Any, event: Any) -> Any:
    """The report that an event was read from, as a message; None if there is none any more.

    `context` is the site, or anything in its tree.
    """
    if not event.content:
        return None
    try:
        return engine.mailroom(context).read(event.content)
    except UnreadableEntryError as error:
        log.warning("the report of %s cannot be read: %s", event.__name__, error)
        return None
