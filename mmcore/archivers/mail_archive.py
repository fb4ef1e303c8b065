"""The archiver `mail-archive`: posts of public lists are mailed to mail-archive.com."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import quote

from mmcore.archivers.base import Archiver, message_hash, with_slash
from mmcore.directives import archiver
from mmcore.interfaces.archiver import Mailing
from mmcore.interfaces.mailing_list import ArchivePolicy


@archiver
class MailArchive(Archiver):
    """Has each message sent to an address; others keep it."""

    name = "mail-archive"
    defaults: ClassVar[dict[str, str]] = {
        "base_url": "https://www.mail-archive.com/",
        "recipient": "archive@mail-archive.com",
    }

    def list_url(self, mlist: Any) -> str | None:
        """See `IArchiver`."""
        if mlist.archive_policy is not ArchivePolicy.public:
            return None
        return with_slash(self.options["base_url"]) + quote(mlist.posting_address)

    def permalink(self, mlist: Any, msg: Any) -> str | None:
        """See `IArchiver`."""
        value = message_hash(msg)
        if mlist.archive_policy is not ArchivePolicy.public or value is None:
            return None
        return with_slash(self.options["base_url"]) + value

    def archive_message(self, mlist: Any, msg: Any) -> Mailing | None:
        """See `IArchiver`."""
        if mlist.archive_policy is not ArchivePolicy.public:
            return None
        return Mailing(msg, (self.options["recipient"],))
