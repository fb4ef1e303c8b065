"""Pipelines are named sequences of handlers."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IPipeline(Interface):
    """A named order of handlers."""

    name = Attribute("Unique name.")
    description = Attribute("One English sentence, marked for translation.")
    handlers = Attribute("Tuple of handler names, in order.")
