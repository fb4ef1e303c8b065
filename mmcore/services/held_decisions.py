"""What becomes of held posts: a moderator decides, or nobody does in time.

Everything happens in the transaction of the caller: the post is in the queue
`pipeline`, and no longer held, or neither.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import cached_property
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

    `hold` and `defer` leave it to another moderator, or to another day.  `comment` is the
    reason that the author of a rejected post is told; for others it is logged.  Whatever the
    action is, each address in `forward` gets a copy.  Raises ValueError for an action that
    does not exist.
    """
    case = Case(engine, mlist, held)
    case.send_copies(list(forward))
    if action in (Action.hold, Action.defer):
        return
    if action is Action.accept:
        case.accept()
    elif action is Action.reject:
        case.reject(comment)
    elif action is not Action.discard:
        raise ValueError(f"a held post cannot be treated with {action!r}")
    _close(mlist.site, held, action.name.upper(), comment)


class Case:
    """A held post that a moderator decides about."""

    def __init__(self, engine: Any, mlist: Any, held: Any) -> None:
        self.engine = engine
        self.mlist = mlist
        self.held = held

    @cached_property
    def msg(self) -> Message:
        """The post; read when somebody wants it."""
        return read_held(self.engine, self.mlist, self.held)

    def send_copies(self, addresses: list[str]) -> None:
        """Send copies, as attached messages: they are what the author wrote, byte for byte."""
        if not addresses:
            return
        mlist = self.mlist
        language = mlist.preferred_language
        if len(addresses) == 1:
            language = _language(mlist, addresses[0])
        with using(language):
            subject = _("Copy of a message held for moderation")
        notice = UserNotification(addresses, mlist.bounces_address, subject, language=language)
        enclose(notice, self.msg)
        notice.send(self.engine, mlist)

    def accept(self) -> None:
        """Have the post distributed; no rule looks at it again.

        If its text is lost, its readers are told that.
        """
        msgdata = {
            key: value
            for key, value in self.held.msgdata().items()
            if not key.startswith("_mod_") and key not in _LEFTOVERS
        }
        msgdata |= {"listid": self.mlist.list_id, "approved": True, "moderator_approved": True}
        del self.msg["X-Mailman-Approved-At"]
        self.msg["X-Mailman-Approved-At"] = formatdate(localtime=True)
        self.engine.mailroom(self.mlist).enqueue("pipeline", self.msg, msgdata)

    def reject(self, reason: str | None) -> None:
        """Tell the author of the post that it will not be distributed, and why."""
        sender = self.held.sender
        if not sender:
            return
        language = _language(self.mlist, sender)
        with using(language):
            subject = subject_text(self.held)
            request = _('Distribution of your message "$subject"', subject=subject)
        tell_refused(self.engine, self.mlist, sender, request, reason, language)


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
