"""`stop`: another name for `end`."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import email_command
from mmcore.email_commands.end import End


@email_command
class Stop(End):
    """The same as `end`."""

    name = "stop"
    short_description = mark("The same as end.")
