"""Whoever wants to see how a post is judged and prepared, step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from zope.interface import Interface

from mmcore.interfaces.chain import Link


class IWatcher(Interface):
    """Is told of every step, after it was done; changes nothing.

    Judging and preparing take None for nobody, which costs nothing.
    """

    def entered(chain: str, links: Iterator[Link]) -> None:
        """The walk goes on with this chain.

        It takes its links from this very iterator, so those that are left in it when the
        judging has ended were not looked at.  The iterator also tells chains apart.
        """

    def asked(
        links: Iterator[Link], rule: str, hit: bool, error: str | None, reasons: Iterable[Any]
    ) -> None:
        """A rule was asked, for the last link of `links`.

        `error` says why it was skipped, which counts as a miss; `reasons` are those that it
        recorded, untranslated.
        """

    def before(handler: str, msg: object, msgdata: dict) -> None:
        """A handler is about to work on the message."""

    def after(handler: str, msg: object, msgdata: dict, error: str | None) -> None:
        """A handler has worked on the message; `error` says why it was skipped."""

    def stopped(handler: str, msg: object, msgdata: dict, error: Exception) -> None:
        """A handler has ended the preparation by a DiscardMessage or RejectMessage."""
