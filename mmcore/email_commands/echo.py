"""`echo`: to see whether anybody is there."""

from __future__ import annotations

from typing import Any

from i18n import _, mark
from mmcore.directives import email_command
from mmcore.email_commands.base import EmailCommand
from mmcore.interfaces.email_command import ContinueProcessing


@email_command
class Echo(EmailCommand):
    """Says what it was told."""

    name = "echo"
    argument_description = "[args]"
    short_description = mark("Echo back your arguments.")
    description = mark("Echo back your arguments.")

    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""
        if results.may_quote:
            results.print(" ".join(["echo", *arguments])[:1000])
        else:
            results.print(_("echo works, but repeats only what verified addresses say."))
        return ContinueProcessing.yes
