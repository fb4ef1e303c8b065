"""Tells members who want to know that their posts have been accepted."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import _, mark, using
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.services.auto_responses import answer_to, is_robot, wants_answers
from mmcore.services.notifications import UserNotification
from mmcore.services.templates import render


@handler
@implementer(IHandler)
class Acknowledge:
    """Sends a receipt to the author, if that is a member who prefers to get receipts."""

    name = "acknowledge"
    description = mark("Send the author a receipt, if wanted.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`.  Precedence and List- fields say nothing here: they are ours."""
        author = msgdata.get("original_sender") or msg.sender
        if not author or msgdata.get("noack") or not wants_answers(msg):
            return
        member = mlist.find_member(author)
        if member is None or not member.acknowledge_posts:
            return
        if not is_robot(self.engine, mlist.site, author):
            self._acknowledge(mlist, msg, author, msgdata.get("lang") or member.preferred_language)

    def _acknowledge(self, mlist: Any, msg: Any, author: str, language: str) -> None:
        with using(language):
            text = render(
                self.engine,
                "list:user:notice:post",
                mlist,
                language,
                subject=msg.subject_text or _("(no subject)"),
                list_name=mlist.list_name,
            )
            subject = _("$name has accepted your message", name=mlist.display_name)
        notice = UserNotification(author, mlist.bounces_address, subject, text, language)
        answer_to(notice, msg)
        notice.send(self.engine, mlist)
