"""Handlers prepare a message for its recipients."""

from __future__ import annotations

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class DiscardMessage(MMCoreError):  # noqa: N818 - control flow, not an error
    """A handler wants the message thrown away; the text says why."""


class RejectMessage(MMCoreError):  # noqa: N818 - control flow, not an error
    """A handler wants the message sent back to its author; the text says why."""


class IHandler(Interface):
    """One step of preparation.  Built once a process, with the `IEngine`."""

    name = Attribute("Unique name, hyphenated.")
    description = Attribute("One English sentence, marked for translation.")

    def process(mlist: object, msg: object, msgdata: dict) -> None:
        """Change message and metadata in place.  Raises DiscardMessage, RejectMessage."""
