"""Archivers keep the posts of lists, and know where to find them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class ArchiverUnavailableError(MMCoreError):
    """The archiver cannot do its work now; the text says why.  It is asked again later."""


class MessageRefusedError(MMCoreError):
    """The archiver will never take this message; the text says why."""


@dataclass(frozen=True)
class Mailing:
    """What an archiver wants to have sent: its way of keeping a message is to mail it."""

    msg: Any
    recipients: tuple[str, ...]


class IArchivedList(Interface):
    """What archivers get to know of a list: plain values, which outlive transactions.

    Mailing lists (`IMailingList`) have all of these, too.
    """

    list_id = Attribute("Identifier that never changes (RFC 2919).")
    list_name = Attribute("Local part of the posting address.")
    mail_host = Attribute("Its domain.")
    fqdn_listname = Attribute("The posting address.")
    posting_address = Attribute("The same.")
    display_name = Attribute("Name for people.")
    description = Attribute("One line about the list.")
    preferred_language = Attribute("Code of a language.")
    archive_policy = Attribute("`ArchivePolicy`; archivers get no post of a list that says never.")
    archive_rendering_mode = Attribute("`ArchiveRenderingMode`: how messages should be shown.")


class IArchiver(Interface):
    """One way of archiving.

    Built once a process, by `cls(engine, name)`, where `name` is that of the section
    `[archiver.NAME]`.  Methods are called outside of transactions, one at a time, in a thread of
    the archiver's own, and are not waited for without end.  Whatever they raise harms neither the
    post nor other archivers.
    """

    name = Attribute("Unique name, of letters, digits, hyphens and underscores.")
    is_enabled = Attribute("Whether the site allows lists to use it.")

    def list_url(mlist: IArchivedList) -> str | None:
        """Where the archive of the list is, or None."""

    def permalink(mlist: IArchivedList, msg: object) -> str | None:
        """Where the message is or will be in the archive, or None."""

    def archive_message(mlist: IArchivedList, msg: object) -> Mailing | None:
        """Take a message, which the archiver may change.

        A message may come again after a crash, and must then be kept once only.  What is
        returned, if anything, is sent.  `msg.received_time` is when it came in (naive UTC).
        Raises MessageRefusedError if it will never take this message; whatever else it raises
        means that the message comes again.
        """
