"""Holding posts for the moderators, and telling everybody concerned."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

from i18n import _, explain, using
from mmcore.interfaces.auto_response import Response
from mmcore.message.compose import text_part
from mmcore.message.headers import add_message_hash, make_message_id, one_line
from mmcore.message.message import Message
from mmcore.services.auto_responses import (
    Quota,
    answer_to,
    is_from_list,
    may_answer,
    take_quota,
    tell_no_more,
    wants_answers,
)
from mmcore.services.notifications import UserNotification
from mmcore.services.templates import render, wrap

#: Type of the pendable behind the token in the moderators' notice.
HELD_MESSAGE = "held message"
_INDENT = "    "


def translate_reasons(reasons: Iterable[Any] | None) -> list[str]:
    """Reasons as rules record them, in the current language."""
    return [explain(reason) for reason in reasons or ()]


def _paragraphs(reasons: list[str], width: int) -> str:
    """Reasons as they stand in a notice: one a paragraph, indented."""
    return "\n".join(
        textwrap.fill(one_line(reason), width, initial_indent=_INDENT, subsequent_indent=_INDENT)
        for reason in reasons or [_("N/A")]
    )


def rejection_text(engine: Any, mlist: Any, reasons: list | None) -> str | None:
    """What an author is told whose post was rejected, or None if there is no reason to tell."""
    if not reasons:
        return None
    with using(mlist.preferred_language):
        return render(
            engine,
            "list:user:notice:rejected",
            mlist,
            mlist.preferred_language,
            reasons="\n".join(map(wrap, translate_reasons(reasons))),
            listname=mlist.display_name,
        )


def can_acknowledge(msg: Any) -> bool:
    """Whether the header of a post lets its author be told that it is held."""
    return "precedence" not in msg and wants_answers(msg) and not is_from_list(msg)


def hold_message(engine: Any, mlist: Any, msg: Any, msgdata: dict, reasons: list[Any]) -> Any:
    """Keep a message until a moderator decides, and send the notices about it.

    The message gets a Message-ID, if it has none, and its hash.  Returns the `IHeldMessage`.
    """
    if not msg.get("message-id"):
        del msg["message-id"]
        msg["Message-ID"] = make_message_id(mlist.mail_host)
    add_message_hash(msg)
    held = _keep(engine, mlist, msg, msgdata, reasons)
    # The token lives as long as the request: a moderator may take that long to answer.
    token = held.token = mlist.site.pendings.add(
        {"type": HELD_MESSAGE, "id": held.request_id, "list_id": mlist.list_id},
        engine.settings.mmcore.moderator_request_life,
    )
    if mlist.respond_to_post_requests and not msgdata.get("fromusenet"):
        _answer_author(engine, mlist, msg, msgdata, reasons)
    if mlist.admin_immed_notify:
        _tell_moderators(engine, mlist, msg, reasons, token)
    return held


def _keep(engine: Any, mlist: Any, msg: Any, msgdata: dict, reasons: list[Any]) -> Any:
    """Store the message for long and enter it among the held ones."""
    # The caller's message goes on referring to what it was read from.
    before = msg.content_ref
    msg.content_ref = engine.mailroom(mlist).keep(msg)
    try:
        return mlist.site.held.add(mlist, msg, msgdata, reasons, engine.content.writer)
    finally:
        msg.content_ref = before


def _placeholders(msg: Any, reasons: str) -> dict[str, str]:
    return {
        "subject": msg.subject_text or _("(no subject)"),
        "sender_email": msg.sender,
        "sender": msg.sender,
        "reasons": reasons,
    }


def _answer_author(engine: Any, mlist: Any, msg: Any, msgdata: dict, reasons: list[Any]) -> None:
    """Tell the author, if an automatic answer is decent and not one too many today."""
    if not can_acknowledge(msg) or not may_answer(engine, mlist, msg):
        return
    language = msgdata.get("lang") or mlist.preferred_language
    quota = take_quota(engine, mlist, msg.sender, Response.hold)
    if quota is Quota.left:
        _tell_author(engine, mlist, msg, language, reasons)
    elif quota is Quota.reached:
        tell_no_more(engine, mlist, msg, language)


def _tell_author(engine: Any, mlist: Any, msg: Any, language: str, reasons: list[Any]) -> None:
    with using(language):
        text = render(
            engine,
            "list:user:notice:hold",
            mlist,
            language,
            **_placeholders(msg, _paragraphs(translate_reasons(reasons), 66)),
        )
        subject = _(
            "Your message to $listname awaits moderator approval", listname=mlist.fqdn_listname
        )
    notice = UserNotification(msg.sender, mlist.bounces_address, subject, wrap(text), language)
    answer_to(notice, msg)
    notice.send(engine, mlist)


def _tell_moderators(engine: Any, mlist: Any, msg: Any, reasons: list[Any], token: str) -> None:
    language = mlist.preferred_language
    with using(language):
        text = render(
            engine,
            "list:admin:action:post",
            mlist,
            language,
            **_placeholders(msg, _paragraphs(translate_reasons(reasons), 55)),
        )
        subject = _(
            "$listname post from $sender_email requires approval",
            listname=mlist.fqdn_listname,
            sender_email=msg.sender,
        )
        stub = _reply_stub(mlist, token)
    notice = UserNotification(mlist.owner_address, mlist.owner_address, subject, text, language)
    notice.attach_message(msg)
    notice.attach_message(stub)
    notice.send(engine, mlist)


def _reply_stub(mlist: Any, token: str) -> Message:
    """A message to which a moderator can reply, instead of going to the web."""
    stub = text_part(
        _("""\
If you reply to this message, keeping the Subject: header intact,
Mailman will discard the held message.  Do this if the message is
spam.  If you reply to this message and include an Approved: header
with the list password in it, the message will be approved for posting
to the list.  The Approved: header can also appear in the first line
of the body of the reply.
""")
    )
    stub["Subject"] = f"confirm {token}"
    stub["From"] = mlist.request_address
    stub["Date"] = formatdate(localtime=True)
    stub["Message-ID"] = make_message_id(mlist.mail_host)
    return stub
