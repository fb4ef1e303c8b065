"""Catches commands that were sent to everybody instead of the request address."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason

#: Command word -> fewest and most arguments that still look like the command.
COMMANDS = {
    "confirm": (1, 1),
    "help": (0, 0),
    "info": (0, 0),
    "lists": (0, 0),
    "options": (0, 0),
    "password": (2, 2),
    "remove": (0, 0),
    "set": (3, 3),
    "subscribe": (0, 3),
    "unsubscribe": (0, 1),
    "who": (0, 2),
}
#: Beyond this a line is prose, however many blanks it has.
_MOST_WORDS = 5


def is_command(line: str) -> bool:
    """Whether a line reads like an e-mail command."""
    words = line.split(None, _MOST_WORDS)
    if not words:
        return False
    fewest, most = COMMANDS.get(words[0].lower(), (1, 0))
    return fewest <= len(words) - 1 <= most


@rule
@implementer(IRule)
class Administrivia:
    """Hits when the Subject or one of the first lines is an e-mail command."""

    name = "administrivia"
    description = mark("The post looks like a command for the list server.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.max_lines = engine.settings.mmcore.email_commands_max_lines

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if not mlist.administrivia:
            return False
        # Enough lines for so many that are not blank.
        lines = [line for line in msg.text_lines(10 * self.max_lines) if line.strip()]
        if not any(map(is_command, [msg.subject_text, *lines[: self.max_lines]])):
            return False
        add_reason(
            msgdata, msg.sender, mark("The message looks like a command for the list server")
        )
        return True
