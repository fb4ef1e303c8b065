"""`end`: what follows are no commands."""

from __future__ import annotations

from typing import Any

from i18n import mark
from mmcore.directives import email_command
from mmcore.email_commands.base import EmailCommand
from mmcore.interfaces.email_command import ContinueProcessing


@email_command
class End(EmailCommand):
    """Is the last command of a mail."""

    name = "end"
    short_description = mark("Stop processing commands.")
    description = mark("Stop processing commands: the rest of your message is not looked at.")

    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""
        return ContinueProcessing.no
