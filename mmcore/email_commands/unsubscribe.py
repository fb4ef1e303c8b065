"""`unsubscribe`: another name for `leave`."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import email_command
from mmcore.email_commands.leave import Leave


@email_command
class Unsubscribe(Leave):
    """The same as `leave`."""

    name = "unsubscribe"
    short_description = mark("The same as leave.")
