"""A mail server of the plugin."""

from __future__ import annotations

from mmcore.directives import incoming
from mmcore.incoming.base import MailServer


@incoming
class Pigeon(MailServer):
    """Knows the way."""

    name = "pigeon"
