"""Messages that the engine writes itself; they go to the queue `virgin`.

Answers to somebody's mail are marked as automatic (RFC 3834, section 5), so that two robots do
not keep writing to each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from email.charset import QP, Charset
from email.utils import formatdate
from typing import Any
from uuid import uuid4

from i18n import _, using
from mmcore.interfaces.mailing_list import IMailingList
from mmcore.message.addresses import parse_addresses
from mmcore.message.headers import encode, make_message_id
from mmcore.message.message import Message

#: RFC 5322, section 2.1.1 allows 998 octets a line.
_LONGEST_LINE = 990


def set_text(msg: Any, text: str) -> None:
    """Make `text` the body of `msg`: us-ascii if it can be, quoted-printable utf-8 if not."""
    text = text.encode("utf-8", "replace").decode("utf-8")
    charset = Charset("us-ascii" if text.isascii() else "utf-8")
    if not text.isascii() or any(len(line) > _LONGEST_LINE for line in text.splitlines()):
        charset.body_encoding = QP
    if "MIME-Version" not in msg:
        msg["MIME-Version"] = "1.0"
    msg.set_payload(text, charset)


def rfc822_part(data: bytes) -> bytes:
    """A MIME part (RFC 2046, section 5.2.1) that carries a message, byte for byte."""
    head = b"Content-Type: message/rfc822\r\nMIME-Version: 1.0\r\n"
    if not data.isascii():
        head += b"Content-Transfer-Encoding: 8bit\r\n"
    return head + b"\r\n" + data


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
        self._parts: list[bytes] = []
        self._enclosed: bytes | None = None
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

    def attach_part(self, part: bytes) -> None:
        """Add a complete MIME part (header section, blank line, body) after the text."""
        self._parts.append(part)

    def enclose(self, data: bytes) -> None:
        """Make the message, which has no text of its own, the envelope of another one."""
        self._enclosed = data

    def _assembled(self) -> Message:
        """The message to send.

        This one; a message/rfc822 if it encloses another; or a multipart/mixed with its text
        and the parts.
        """
        if self._enclosed is not None:
            fields = self.as_bytes().rstrip(b"\r\n") + b"\r\n"
            return Message.parse(fields + rfc822_part(self._enclosed))
        if not self._parts:
            return self
        head, text = Message(), Message()
        for name, value in self.items():
            is_content = name.lower().startswith("content-")
            if not is_content and name.lower() != "mime-version":
                head[name] = value
        if "content-type" in self:
            text.set_payload(self.get_payload())
            for name in ("Content-Type", "MIME-Version", "Content-Transfer-Encoding"):
                if name in self:
                    text[name] = self[name]
            self._parts.insert(0, text.as_bytes())
        boundary = f"==={uuid4().hex}==="
        head["MIME-Version"] = "1.0"
        head["Content-Type"] = f'multipart/mixed; boundary="{boundary}"'
        if not all(part.isascii() for part in self._parts):
            head["Content-Transfer-Encoding"] = "8bit"
        delimiter = f"\r\n--{boundary}".encode()
        body = b"".join(delimiter + b"\r\n" + part for part in self._parts) + delimiter + b"--\r\n"
        return Message.parse(head.as_bytes().rstrip(b"\r\n") + b"\r\n" + body)

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
        return engine.mailroom(context).enqueue("virgin", self._assembled(), msgdata)


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

    Returns False when nobody can be told because the message names no author.
    """
    sender = msg.sender
    if not sender:
        return False
    with using(mlist.preferred_language):
        if not text:
            text = _("[No bounce details are available]")
        notice = UserNotification(
            sender, mlist.owner_address, msg.subject_text, text, mlist.preferred_language
        )
    notice["Auto-Submitted"] = "auto-replied"
    notice.attach_part(rfc822_part(msg.as_bytes()))
    notice.send(engine, mlist)
    return True
