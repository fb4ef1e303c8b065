"""Chains that a site or a test builds at run time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.chain import IMutableChain, Link


@implementer(IMutableChain)
class MutableChain:
    """A chain whose links are appended and flushed while the engine runs.

    It registers itself in the engine's chains; raises ValueError if its name is taken.
    """

    def __init__(self, engine: Any, name: str, description: str) -> None:
        if name in engine.chains:
            raise ValueError(f"there is a chain named {name!r} already")
        self.name = name
        self.description = description
        self._links: list[Link] = []
        engine.chains[name] = self

    def get_links(self, mlist: Any, msg: Any, msgdata: dict) -> Iterable[Link]:
        """See `IChain`.  Links appended while a message is judged do not concern it."""
        return tuple(self._links)

    def append_link(self, link: Link) -> None:
        """See `IMutableChain`."""
        self._links.append(link)

    def flush(self) -> None:
        """See `IMutableChain`."""
        self._links.clear()
