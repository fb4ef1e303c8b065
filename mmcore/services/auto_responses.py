"""Automatic answers (RFC 3834): who gets one, how many, and what they look like.

Whatever answers mail by itself asks here first: notices about held posts, the texts of
`mmcore.handlers.replybot`, acknowledgements, the results of commands.
"""

from __future__ import annotations

import re
from datetime import timedelta
from enum import Enum
from typing import Any

from i18n import _, using
from mmcore.interfaces.auto_response import Response
from mmcore.message.addresses import split_address, split_list_address
from mmcore.message.automatic import is_automatic
from mmcore.services.notifications import UserNotification
from mmcore.services.templates import render, wrap

#: Local parts behind which no human reads (RFC 3834, section 2; RFC 5230, section 4.6).
_ROBOT = re.compile(r"owner-.*|.*-(?:owner|request|bounces)|mailer-daemon|listserv|majordomo")
#: What Exchange calls answers such as ours.
_SUPPRESSED = frozenset(("all", "autoreply"))
_PRECEDENCES = frozenset(("bulk", "junk", "list"))
#: What Message-IDs look like, without blanks.
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")


class Quota(Enum):
    """Whether an address may be sent one more automatic answer today."""

    #: Yes.
    left = "left"
    #: No, but it may be told that there are no more.
    reached = "reached"
    #: No, and it has been told.
    exceeded = "exceeded"


def _field(msg: Any, name: str) -> str:
    return str(msg.get(name, "")).strip().lower()


def wants_answers(msg: Any) -> bool:
    """Whether the header lets the message be answered automatically at all.

    Not if a program wrote it, or if it asks not to be answered.
    """
    if is_automatic(msg) or _field(msg, "x-ack") == "no" or "x-no-ack" in msg:
        return False
    suppressed = re.split(r"[,\s]+", _field(msg, "x-auto-response-suppress"))
    return _SUPPRESSED.isdisjoint(suppressed)


def is_bulk(msg: Any) -> bool:
    """Whether the message says that it went to many, and does not ask for answers anyway."""
    return _field(msg, "precedence") in _PRECEDENCES and _field(msg, "x-ack") != "yes"


def is_from_list(msg: Any) -> bool:
    """Whether the message has come through a mailing list (RFC 2369, RFC 2919)."""
    return any(name.lower().startswith("list-") for name in msg)


def is_robot(engine: Any, site: Any, email: str) -> bool:
    """Whether no human reads what is sent to an address: a list of ours, or a known robot."""
    email = email.lower()
    local_part, domain = split_address(email)
    if _ROBOT.fullmatch(local_part) or local_part == engine.settings.mmcore.noreply_address:
        return True
    canonical = f"{local_part}@{site.domains.resolve_alias(domain)}"
    candidates = split_list_address(canonical, engine.settings.mta.verp_delimiter)
    return any(site.lists.list_id_of(address) is not None for address, _sub in candidates)


def may_answer(engine: Any, mlist: Any, msg: Any) -> bool:
    """Whether the author of a message may be sent an automatic answer to it.

    What comes from a list has an author, but was not written to us.
    """
    if not msg.sender or not wants_answers(msg) or is_from_list(msg):
        return False
    return not is_robot(engine, mlist.site, msg.sender)


def take_quota(
    engine: Any, mlist: Any, email: str, response: Response, keep: timedelta = timedelta()
) -> Quota:
    """Count an answer that is about to be given, if it may be.

    That it was given is remembered for `keep`, at least until the end of the day.
    """
    answers = mlist.site.auto_responses
    limit = engine.settings.mmcore.max_autoresponses_per_day
    count = answers.todays_count(mlist.list_id, email, response)
    if limit and count > limit:
        return Quota.exceeded
    answers.response_sent(mlist.list_id, email, response, keep)
    return Quota.reached if limit and count == limit else Quota.left


def tell_no_more(engine: Any, mlist: Any, msg: Any, language: str) -> None:
    """Tell the author of a message that there will be no more answers today."""
    with using(language):
        text = render(
            engine,
            "list:user:notice:no-more-today",
            mlist,
            language,
            count=engine.settings.mmcore.max_autoresponses_per_day,
            sender_email=msg.sender,
            sender=msg.sender,
            owneremail=mlist.owner_address,
        )
        subject = _(
            "The last automatic answer of $listname for today", listname=mlist.fqdn_listname
        )
    notice = UserNotification(msg.sender, mlist.owner_address, subject, wrap(text), language)
    answer_to(notice, msg)
    notice.send(engine, mlist)


def answer_to(notice: UserNotification, msg: Any) -> None:
    """Mark a notice as the automatic answer to a message (RFC 3834, section 3.1).

    Its thread is named by the message's own id and by nothing else that a stranger wrote.
    """
    notice["Auto-Submitted"] = "auto-replied"
    if message_id := repeatable_id(msg):
        notice["In-Reply-To"] = message_id
        notice["References"] = message_id


def repeatable_id(msg: Any) -> str:
    """The Message-ID, if it looks like one: nobody can put a text of theirs there; else ''."""
    message_id = str(msg.get("message-id", "")).strip()
    return message_id if _MESSAGE_ID.fullmatch(message_id) else ""
