"""Answers mail with a text of the list: an auto-responder that cannot be made to run wild.

It is in no pipeline: it is called before a post is judged and before commands are carried out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from zope.interface import implementer

from i18n import _, mark, using
from mmcore import __version__
from mmcore.directives import handler
from mmcore.interfaces.auto_response import Response
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.mailing_list import ResponseAction
from mmcore.services.auto_responses import (
    Quota,
    answer_to,
    is_bulk,
    may_answer,
    take_quota,
)
from mmcore.services.notifications import UserNotification
from mmcore.services.replies import reply_of
from mmcore.services.templates import expand, wrap


@handler
@implementer(IHandler)
class Replybot:
    """Sends the author the text that the list has for mail of this kind, once in a while."""

    name = "replybot"
    description = mark("Answer automatically, if the list has a text for that.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`."""
        action, text, response = reply_of(mlist, msgdata)
        if action is ResponseAction.none or not text.strip() or msgdata.get("noack"):
            return
        if is_bulk(msg) or not may_answer(self.engine, mlist, msg):
            return
        grace = max(mlist.autoresponse_grace_period, timedelta())
        urgent = str(msg.get("x-ack", "")).strip().lower() == "yes"
        if not urgent and self._is_graced(mlist, msg.sender, response, grace):
            return
        if take_quota(self.engine, mlist, msg.sender, response, grace) is Quota.left:
            self._answer(mlist, msg, text)

    def _is_graced(self, mlist: Any, sender: str, response: Response, grace: timedelta) -> bool:
        """Whether the last answer of this kind is too recent."""
        last = mlist.site.auto_responses.last_response(mlist.list_id, sender, response)
        return last is not None and datetime.now(UTC).date() - last < grace

    def _answer(self, mlist: Any, msg: Any, text: str) -> None:
        language = mlist.preferred_language
        with using(language):
            subject = _("Automatic answer to your message to $name", name=mlist.display_name)
        text = expand(
            text,
            mlist,
            self.engine.settings,
            list_name=mlist.list_name,
            display_name=mlist.display_name,
            requestemail=mlist.request_address,
            owneremail=mlist.owner_address,
        )
        notice = UserNotification(msg.sender, mlist.bounces_address, subject, wrap(text), language)
        notice["X-Mailer"] = f"mmcore {__version__}"
        notice["X-Ack"] = "No"
        answer_to(notice, msg)
        notice.send(self.engine, mlist)
