"""Takes who gets a post from a file, for pipelines of a site's own."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import handler
from mmcore.interfaces.handler import IHandler
from mmcore.message.addresses import is_valid

log = logging.getLogger("mmcore.vette")


def read_addresses(path: Path) -> set[str]:
    """The addresses in a file, one a line, in lower case; none if there is no file.

    What is no address is left out, and logged.  Raises OSError.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return set()
    lines = {line.strip().lower() for line in text.splitlines()} - {""}
    found = {line for line in lines if is_valid(line)}
    if strange := sorted(lines - found):
        log.error("%s: not addresses: %s", path, ", ".join(map(repr, strange[:5])))
    return found


@handler
@implementer(IHandler)
class FileRecipients:
    """Sets `recipients` to the addresses in `members.txt` of the list, unless they are set.

    The file lies in `lists/LIST-ID/` below `[paths] var_dir`.  An author who is a member of the
    list gets no copy.
    """

    name = "file-recipients"
    description = mark("Take the recipients from a file of the list.")
    # Without recipients nobody would get the message.
    essential = True

    def __init__(self, engine: Any) -> None:
        self.folder = engine.settings.paths.var_dir / "lists"

    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """See `IHandler`.  Raises OSError for a file that is there and cannot be read."""
        if "recipients" in msgdata:
            return
        recipients: set[str] = set()
        # A list-id may have a slash in it.
        if Path(mlist.list_id).name == mlist.list_id:
            recipients = read_addresses(self.folder / mlist.list_id / "members.txt")
        sender = msg.sender
        member = mlist.find_member(sender)
        if member is not None:
            recipients -= {sender, member.email}
        msgdata["recipients"] = sorted(recipients)
