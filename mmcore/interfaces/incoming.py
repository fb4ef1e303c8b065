"""The mail server in front of us has to know which addresses are lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class MailServerError(MMCoreError):
    """The mail server could not be told of the lists there are; the text says why."""


@dataclass(frozen=True)
class AnnouncedList:
    """What a mail server gets to know of a list: plain values, which outlive transactions."""

    list_id: str
    list_name: str
    mail_host: str

    @property
    def posting_address(self) -> str:
        """The posting address."""
        return f"{self.list_name}@{self.mail_host}"


class IIncoming(Interface):
    """One kind of mail server that brings mail to us, over LMTP.

    Built once a process, with the `IEngine`, if `[mta] incoming` names it.  Methods are called
    outside of transactions, after a commit, and by several threads at a time; whoever made the
    change waits for them.  Whatever they raise is logged, and harms nothing else.

    `engine.database` is where the lists are; `mmcore.database.reading` opens it.
    """

    name = Attribute("Unique name, the value of `[mta] incoming`.")

    def create(mlist: AnnouncedList) -> None:
        """A list has been created; raises MailServerError."""

    def delete(mlist: AnnouncedList) -> None:
        """A list has been removed; raises MailServerError."""

    def regenerate(directory: Path | None = None) -> Sequence[Path]:
        """Write down anew which lists there are, in a directory or where it belongs.

        Called at the start, when more than one list has changed, and from time to time.
        Returns the files that have changed.  Raises MailServerError.
        """
