"""What pipelines share."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from mmcore.interfaces.pipeline import IPipeline


@implementer(IPipeline)
class Pipeline:
    """A named order of handlers; subclasses say which."""

    name = ""
    description = ""
    handlers: tuple[str, ...] = ()

    def __init__(self, engine: Any) -> None:
        self.engine = engine
