"""Styles are named sets of settings, applied when a list is created."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class IStyle(Interface):
    """A named style."""

    name = Attribute("Unique name.")
    description = Attribute("One English sentence, marked for translation.")

    def apply(mlist: object) -> None:
        """Set the style's settings on a new list."""
