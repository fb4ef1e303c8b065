"""`subscribe`: another name for `join`."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import email_command
from mmcore.email_commands.join import Join


@email_command
class Subscribe(Join):
    """The same as `join`."""

    name = "subscribe"
    short_description = mark("The same as join.")
