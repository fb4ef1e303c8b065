"""Chains that a site or a test builds at run time.

Each process has an engine of its own.  A chain that all of them shall have is a subclass,
marked with `@chain`, in a package that the ini file names (`[mmcore] includes`, or the
`component_package` of a plugin):

    @chain
    class Strict(MutableChain):
        name = "strict"
        description = "Everything waits for a moderator."

        def __init__(self, engine):
            super().__init__(engine)
            self.append_link(Link("truth", LinkAction.jump, "hold"))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.chain import DuplicateChainError, IMutableChain, Link


@implementer(IMutableChain)
class MutableChain:
    """A chain whose links are appended and flushed while the engine runs.

    It registers itself in the engine's chains, under the name it is given or its class has.
    Raises DuplicateChainError if there is one of that name, ValueError if it has none.
    """

    name = ""
    description = ""

    def __init__(self, engine: Any, name: str = "", description: str = "") -> None:
        self.engine = engine
        self.name = name or self.name
        self.description = description or self.description
        if not self.name:
            raise ValueError("a chain needs a name")
        if self.name in engine.chains:
            raise DuplicateChainError(f"there is a chain named {self.name!r} already")
        self._links: tuple[Link, ...] = ()
        engine.chains[self.name] = self

    def get_links(self, mlist: Any, msg: Any, msgdata: dict) -> Iterable[Link]:
        """See `IChain`.  A change does not concern messages that are being judged."""
        return self._links

    def append_link(self, link: Link) -> None:
        """See `IMutableChain`."""
        self._links = (*self._links, link)

    def flush(self) -> None:
        """See `IMutableChain`."""
        self._links = ()
