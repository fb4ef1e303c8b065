"""What commands share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from zope.interface import implementer

from i18n import _
from mmcore.interfaces.email_command import ContinueProcessing, IEmailCommand
from mmcore.interfaces.subscription import TokenOwner
from mmcore.message.addresses import is_valid, parse_addresses
from mmcore.message.headers import one_line


@implementer(IEmailCommand)
class EmailCommand(ABC):
    """A command; subclasses say which."""

    name = ""
    argument_description = ""
    short_description = ""
    description = ""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    @abstractmethod
    def process(
        self, mlist: Any, msg: Any, msgdata: dict, arguments: list[str], results: Any
    ) -> ContinueProcessing:
        """See `IEmailCommand`."""


def author_of(msg: Any) -> tuple[str, str]:
    """(name, address) of whoever sent a command; the address is '' if there is none."""
    for name, email in parse_addresses(msg.get_all("from", [])):
        if is_valid(email):
            return one_line(name), email
    return "", msg.sender


def outcome(owner: TokenOwner, who: str, done: str) -> str:
    """What came of a wish to join or leave: whose move it is, or that it is `done`."""
    if owner is TokenOwner.moderator:
        return _("The moderators will decide about $person.", person=who)
    if owner is TokenOwner.subscriber:
        return _("A confirmation mail was sent to $person.", person=who)
    return done


def person(name: str, email: str, results: Any) -> str:
    """Somebody in the text of the results; a name only if it may be repeated."""
    return f"{name} <{email}>" if name and results.may_quote else email
