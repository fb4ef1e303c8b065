"""What parts get when they are built: the settings and their neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zope.interface import Attribute, Interface


class IEngine(Interface):
    """The composed engine of one process (`mmcore.app.compose`)."""

    settings = Attribute("`mmcore.config.Settings`")
    rules: Mapping[str, Any] = Attribute("name -> IRule")
    chains: Mapping[str, Any] = Attribute("name -> IChain")
    handlers: Mapping[str, Any] = Attribute("name -> IHandler")
    pipelines: Mapping[str, Any] = Attribute("name -> IPipeline")
    styles: Mapping[str, Any] = Attribute("name -> IStyle")
    archivers: Mapping[str, Any] = Attribute("name -> IArchiver, enabled or not")
    email_commands: Mapping[str, Any] = Attribute("name -> IEmailCommand")
    plugins: Mapping[str, Any] = Attribute("name -> IPlugin, those that are enabled")
    incoming = Attribute("`IIncoming`: the mail server that `[mta] incoming` names")
    database = Attribute("The opened `mmcore.database.Database` of this process, or None")
    content = Attribute("`IContentStore`; in a rehearsal one that writes to memory")
    rehearsing = Attribute(
        "Whether all that is done now will be undone: parts with effects that neither the "
        "transaction nor the content store undoes leave them."
    )

    def mailroom(context: object) -> object:
        """The `IMailroom` over the tree that `context` (a list, the site …) lies in."""

    def notify(event: object) -> None:
        """Call every subscriber with the event; nobody in a rehearsal."""

    def subscribe(subscriber: Callable[[object], None]) -> None:
        """Have `subscriber` called with every event."""
