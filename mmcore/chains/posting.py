"""Where posts are judged: the order of the rules, as data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import chain
from mmcore.interfaces.chain import IChain, Link, LinkAction

LINKS = (
    # Before anybody is let pass, since nobody can answer for another domain.
    Link("dmarc-mitigation", LinkAction.jump, "dmarc"),
    Link("no-senders", LinkAction.jump, "discard"),
    # Somebody who knows the password passes everything that follows.
    Link("approved", LinkAction.jump, "accept"),
    Link("loop", LinkAction.jump, "discard"),
    # The rules about members and strangers rely on its coming before them.
    Link("banned-address", LinkAction.jump, "discard"),
    # What is found in the header decides at once; else the walk goes on here.
    Link("truth", LinkAction.detour, "header-match"),
    # In an emergency even the posts of unmoderated members wait.
    Link("emergency", LinkAction.jump, "hold"),
    # These two act at once: a member or stranger set to `accept` or `discard` is not asked more.
    Link("member-moderation", LinkAction.jump, "moderation"),
    Link("nonmember-moderation", LinkAction.jump, "moderation"),
    # All reasons to hold are collected, so that the moderator sees every one of them.
    Link("administrivia"),
    Link("implicit-dest"),
    Link("max-recipients"),
    Link("max-size"),
    Link("news-moderation"),
    Link("no-subject"),
    Link("digests"),
    Link("suspicious-header"),
    Link("any", LinkAction.jump, "hold"),
    Link("truth", LinkAction.jump, "accept"),
)


@chain
@implementer(IChain)
class DefaultPostingChain:
    """The chain that a post enters unless its list says otherwise."""

    name = "default-posting-chain"
    description = mark("The built-in moderation chain.")

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def get_links(self, mlist: Any, msg: Any, msgdata: dict) -> Iterable[Link]:
        """See `IChain`."""
        return LINKS
