"""What becomes of held posts: a moderator decides, or nobody does in time.

Everything happens in the transaction of the caller: the post is in the queue
`pipeline`, and no longer held, or neither.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

from i18n import _, using
from mmcore.interfaces.action import Action
from mmcore.interfaces.queue import UnreadableEntryError
from mmcore.message.compose import enclose, set_text
from mmcore.message.headers import decode, one_line
from mmcore.message.message import Message
from mmcore.services.notifications import UserNotification
from mmcore.services.refusal import tell_refused

log = logging.getLogger("mmcore.vette")

#: Metadata of held mail that means nothing once it is accepted; old releases left it there.
_LEFTOVERS = frozenset(("type", "_request_type", "filebase"))
_DAY = timedelta(days=1)


def decide(
    engine: Any,
    mlist: Any,
    held: Any,
    action: Action,
    comment: str | None = None,
    forward: Iterable[str] = (),
) -> None:
    """Do with a held post what a moderator of its list wants.

    Whatever it is, each address in `forward` gets a copy.
    """
    if action is Action.accept:
        accept(engine, mlist, held, comment, forward)
    elif action is Action.reject:
        reject(engine, mlist, held, comment, forward)
    elif action is Action.discard:
        discard(engine, mlist, held, comment, forward)
    else:
        defer(engine, mlist, held, forward)


def accept(
    engine: Any,
    mlist: Any,
    held: Any,
    comment: str | None = None,
    forward: Iterable[str] = (),
) -> None:
    """Have a held post distributed; no rule looks at it again.

    If its text is lost, its readers are told that.
    """
    msg = read_held(engine, mlist, held)
    _forward(engine, mlist, msg, forward)
    msgdata = {
        key: value
        for key, value in held.msgdata().items()
        if not key.startswith("_mod_") and key not in _LEFTOVERS
    }
    msgdata |= {"listid": mlist.list_id, "approved": True, "moderator_approved": True}
    del msg["X-Mailman-Approved-At"]
    msg["X-Mailman-Approved-At"] = formatdate(localtime=True)
    engine.mailroom(mlist).enqueue("pipeline", msg, msgdata)
    _close(mlist.site, held, "ACCEPT", comment)


def reject(
    engine: Any,
    mlist: Any,
    held: Any,
    comment: str | None = None,
    forward: Iterable[str] = (),
) -> None:
    """Tell the author of a held post that it will not be distributed, and why."""
    _forward_text(engine, mlist, held, forward)
    if held.sender:
        language = _language(mlist, held.sender)
        with using(language):
            request = _('Distribution of your message "$subject"', subject=subject_text(held))
        tell_refused(engine, mlist, held.sender, request, comment, language)
    _close(mlist.site, held, "REJECT", comment)


def discard(
    engine: Any,
    mlist: Any,
    held: Any,
    comment: str | None = None,
    forward: Iterable[str] = (),
) -> None:
    """Forget a held post; only the log remembers it."""
    _forward_text(engine, mlist, held, forward)
    _close(mlist.site, held, "DISCARD", comment)


def defer(engine: Any, mlist: Any, held: Any, forward: Iterable[str] = ()) -> None:
    """Leave a held post to another moderator, or to another day."""
    _forward_text(engine, mlist, held, forward)


def expire(engine: Any, site: Any, limit: int = 500) -> int:
    """Discard posts that were held for longer than their list or the site allows.

    At most `limit` of them; returns how many, so that the caller can go on
    in another transaction.
    """
    life = engine.settings.mmcore.moderator_request_life
    moment = datetime.now(UTC).replace(tzinfo=None)
    gone = 0
    for list_id in site.held.list_ids():
        # Most lists have nothing that is old by any measure: they are not even loaded.
        if not site.held.before(list_id, moment - min(life, _DAY), 1):
            continue
        days = getattr(site.lists.get(list_id), "max_days_to_hold", 0)
        allowed = timedelta(days=days) if 0 < days < life.days else life
        for request_id in site.held.before(list_id, moment - allowed, limit - gone):
            _close(site, site.held.get(request_id), "EXPIRE", f"after {allowed.days} days")
            gone += 1
        if gone >= limit:
            break
    return gone


def subject_text(held: Any) -> str:
    """The decoded Subject on one line, or what stands for none in the current language."""
    return _("(no subject)") if held.subject is None else decode(held.subject)


def read_held(engine: Any, mlist: Any, held: Any) -> Message:
    """The held message, or one that says that it is lost."""
    try:
        msg: Message = engine.mailroom(mlist).read(held.content)
    except UnreadableEntryError as error:
        log.error("the text of held message %d is lost: %s", held.request_id, error)
        return _stand_in(mlist, held)
    return msg


def _stand_in(mlist: Any, held: Any) -> Message:
    """A message in place of one that is no longer stored."""
    msg = Message()
    with using(mlist.preferred_language):
        msg["Subject"] = _("The content of a held message is lost")
        text = _("""\
This message was held until a moderator could decide about it.  What it
said can no longer be read.  This is what is still known of it:
""")
    msg["From"] = held.sender or mlist.owner_address
    msg["To"] = mlist.posting_address
    msg["Date"] = formatdate(held.hold_date.replace(tzinfo=UTC).timestamp(), localtime=True)
    msg["Message-ID"] = held.message_id
    known = f"From: {held.sender}\nSubject: {subject_text(held)}\nMessage-ID: {held.message_id}\n"
    set_text(msg, f"{text}\n{known}")
    return msg


def _language(mlist: Any, email: str) -> str:
    """The language in which somebody is written to about a list."""
    member = mlist.find_member(email)
    language: str = mlist.preferred_language if member is None else member.preferred_language
    return language


def _forward_text(engine: Any, mlist: Any, held: Any, forward: Iterable[str]) -> None:
    """The same as `_forward`; the text is only read if somebody wants it."""
    if forward := list(forward):
        _forward(engine, mlist, read_held(engine, mlist, held), forward)


def _forward(engine: Any, mlist: Any, msg: Message, forward: Iterable[str]) -> None:
    """Send copies, as attached messages: they are what the author wrote, byte for byte."""
    addresses = list(forward)
    if not addresses:
        return
    language = mlist.preferred_language
    if len(addresses) == 1:
        language = _language(mlist, addresses[0])
    with using(language):
        subject = _("Copy of a message held for moderation")
    notice = UserNotification(addresses, mlist.bounces_address, subject, language=language)
    enclose(notice, msg)
    notice.send(engine, mlist)


def _close(site: Any, held: Any, decision: str, comment: str | None) -> None:
    """The end of a held message: it goes, and so does the token that stands for it."""
    site.held.remove(held.request_id)
    if held.token is not None:
        site.pendings.confirm(held.token)
    log.info(
        "%s: held post %d to %s from %s, message-id=%s: %s",
        decision,
        held.request_id,
        held.list_id,
        held.sender or "n/a",
        one_line(held.message_id),
        one_line(comment or "") or "n/a",
    )
