"""What styles share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zope.interface import implementer

from mmcore.interfaces.style import IStyle


@implementer(IStyle)
class Style:
    """A sequence of blocks; subclasses say which."""

    name = ""
    description = ""
    blocks: tuple[Callable[[Any], None], ...] = ()

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def apply(self, mlist: Any) -> None:
        """See `IStyle`."""
        mlist.preferred_language = self.engine.settings.mmcore.default_language
        for block in self.blocks:
            block(mlist)
