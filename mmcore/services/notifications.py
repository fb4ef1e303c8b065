"""Messages that the engine writes itself; they go to the queue `virgin`.

All are marked as automatic (RFC 3834, section 5), so that two robots do not keep writing to each
other; who answers somebody's mail says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from typing import Any

from i18n import _, using
from mmcore.interfaces.mailing_list import IMailingList
from mmcore.message.addresses import parse_addresses
from mmcore.message.automatic import is_automatic
from mmcore.message.compose import message_part, set_parts, set_text, text_part
from mmcore.message.headers import encode, make_message_id
from mmcore.message.message import Message


class UserNotification(Message):
    """A message to one or more people; more header fields may be set before it is sent."""

    def __init__(
        self,
        recipients: str | Iterable[str],
        sender: str,
        subject: str | None = None,
        text: str | None = None,
        language: str | None = None,
    ) -> None:
        """Begin a message; `language` is that of the text, and of what stands for no subject."""
        super().__init__()
        self._parts: list[Message] = []
        to = [recipients] if isinstance(recipients, str) else list(recipients)
        if not subject:
            with using(language or "en"):
                subject = _("(no subject)")
        self["Subject"] = encode(subject)
        self["From"] = sender
        self["To"] = ", ".join(to)
        self.recipients = sorted({address for _name, address in parse_addresses(to)})
        if text is not None:
            set_text(self, text)
            self._parts.append(text_part(text))

    def attach_message(self, msg: Message) -> None:
        """Attach a copy of a message after the text, byte for byte."""
        self._parts.append(message_part(msg))
        set_parts(self, *self._parts)

    def send(
        self, engine: Any, context: Any, *, add_precedence: bool = True, **keywords: Any
    ) -> str:
        """Put the message into the queue `virgin`, as part of the current transaction.

        `context` is the list it is about, or the site.  Further keywords become metadata.
        Returns the name of the queue entry.
        """
        if "message-id" not in self:
            host = parse_addresses([self["from"]])[0][1].rpartition("@")[2]
            self["Message-ID"] = make_message_id(host)
        if "date" not in self:
            self["Date"] = formatdate(localtime=True)
        if "auto-submitted" not in self:
            self["Auto-Submitted"] = "auto-generated"
        if add_precedence and "precedence" not in self:
            self["Precedence"] = "bulk"
        msgdata = {
            "recipients": self.recipients,
            "nodecorate": True,
            "reduced_list_headers": True,
        }
        if IMailingList.providedBy(context):
            msgdata["listid"] = context.list_id
        msgdata.update(keywords)
        return engine.mailroom(context).enqueue("virgin", self, msgdata)


class OwnerNotification(UserNotification):
    """A message to the people in charge of a list, or to the owner of the site."""

    def __init__(
        self,
        engine: Any,
        mlist: Any,
        subject: str,
        text: str | None = None,
        roster: Iterable[str] | None = None,
    ) -> None:
        """Begin a message for the addresses in `roster`; None means the owner of the site."""
        site_owner = engine.settings.mmcore.site_owner
        to = site_owner if roster is None else mlist.owner_address
        super().__init__(to, site_owner, subject, text, mlist.preferred_language)
        if roster is not None:
            self.recipients = sorted(set(roster))
        self.site_owner = site_owner

    def send(
        self, engine: Any, context: Any, *, add_precedence: bool = True, **keywords: Any
    ) -> str:
        """See `UserNotification`; the envelope sender is the owner of the site."""
        keywords.setdefault("envsender", self.site_owner)
        # Notices to owners that bounced to the owners would go round in circles.
        keywords.setdefault("sender", self.site_owner)
        return super().send(engine, context, add_precedence=add_precedence, **keywords)


def bounce_to_author(engine: Any, mlist: Any, msg: Any, text: str | None = None) -> bool:
    """Send a message back to its author with an explanation.

    Returns False when nobody is told: the message names no author, or a program wrote it.
    """
    sender = msg.sender
    if not sender or is_automatic(msg):
        return False
    with using(mlist.preferred_language):
        if not text:
            text = _("[No bounce details are available]")
        notice = UserNotification(
            sender, mlist.owner_address, msg.subject_text, text, mlist.preferred_language
        )
    notice["Auto-Submitted"] = "auto-replied"
    notice.attach_message(msg)
    notice.send(engine, mlist)
    return True
