"""Chains of links decide what becomes of a post."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class UndecidedError(MMCoreError):
    """A chain came to its end without deciding what becomes of the message."""


class DuplicateChainError(MMCoreError, ValueError):
    """There is a chain of that name."""


class LinkAction(Enum):
    """What happens when a link's rule matches."""

    jump = 0
    detour = 1
    stop = 2
    defer = 3
    run = 4


@dataclass(frozen=True)
class Link:
    """A rule and what to do when it matches.

    `rule` and `chain` are names or the parts themselves; `function` takes
    (mlist, msg, msgdata).
    """

    rule: Any
    action: LinkAction = LinkAction.defer
    chain: Any = None
    function: Callable[[Any, Any, dict], None] | None = None


@dataclass(frozen=True)
class ChainEvent:
    """A chain has ended the judging of a message."""

    mlist: Any
    msg: Any
    msgdata: dict
    chain: Any


class AcceptEvent(ChainEvent):
    """The post was accepted."""


class AcceptOwnerEvent(ChainEvent):
    """Mail to the owners was accepted."""


class DiscardEvent(ChainEvent):
    """The post was thrown away."""


class HoldEvent(ChainEvent):
    """The post waits for a moderator."""


class RejectEvent(ChainEvent):
    """The post went back to its author."""


class IChain(Interface):
    """A sequence of links."""

    name = Attribute("Unique name.")
    description = Attribute("One English sentence, marked for translation.")

    def get_links(mlist: object, msg: object, msgdata: dict) -> Iterable[Link]:
        """The links for this message, in order."""


class IMutableChain(IChain):
    """A chain that is built and changed at run time.

    It can be a list's `posting_chain` and the `chain` of a header match, like any other.
    """

    def append_link(link: Link) -> None:
        """Add a link at the end."""

    def flush() -> None:
        """Remove all links."""


class IHeaderMatchChain(IChain):
    """The chain that looks at header fields.

    Its rules are `header-match-config-N` for the Nth line of `[antispam] header_checks`,
    `header-match-NN` for what was added with `extend`, and `header-match-LISTID-POSITION`.
    """

    def extend(header: str, pattern: str) -> None:
        """Look for a pattern in the fields of a name, too, in all lists, as long as this
        process runs or until `flush`."""

    def flush() -> None:
        """Forget what was added."""
