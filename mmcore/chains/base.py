"""The two simple kinds of chain, and what the endings share."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.chain import IChain, Link, LinkAction

log = logging.getLogger("mmcore.vette")

SEMISPACE = "; "


@implementer(IChain)
class TerminalChain(ABC):
    """A chain that does one thing with the message and ends all judging."""

    name = ""
    description = ""

    def __init__(self, engine: Any) -> None:
        self.engine = engine
        self._links = (
            Link("truth", LinkAction.run, function=self.process),
            Link("truth", LinkAction.stop),
        )

    def get_links(self, mlist: Any, msg: Any, msgdata: dict) -> Iterable[Link]:
        """See `IChain`."""
        return self._links

    @abstractmethod
    def process(self, mlist: Any, msg: Any, msgdata: dict) -> None:
        """What the chain does."""


@implementer(IChain)
class JumpChain(ABC):
    """A chain that computes where to go on."""

    name = ""
    description = ""

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def get_links(self, mlist: Any, msg: Any, msgdata: dict) -> Iterable[Link]:
        """See `IChain`."""
        return (Link("truth", LinkAction.jump, self.jump_to(mlist, msg, msgdata)),)

    @abstractmethod
    def jump_to(self, mlist: Any, msg: Any, msgdata: dict) -> str:
        """Name of the chain to go on with."""


def add_rule_headers(msg: Any, msgdata: dict) -> None:
    """Show in the message which rules hit and missed; forged fields of these names go."""
    for field, key in (
        ("X-Mailman-Rule-Hits", "rule_hits"),
        ("X-Mailman-Rule-Misses", "rule_misses"),
    ):
        del msg[field]
        if names := msgdata.get(key):
            msg[field] = SEMISPACE.join(names)


def message_id(msg: Any) -> str:
    """The Message-ID on one line, for the log."""
    return " ".join(str(msg.get("message-id", "n/a")).split())
