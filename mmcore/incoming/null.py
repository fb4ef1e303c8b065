"""No mail server is told anything: somebody else sees to it, or it asks us."""

from __future__ import annotations

from mmcore.directives import incoming
from mmcore.incoming.base import MailServer


@incoming
class Null(MailServer):
    """For servers that hand us a whole domain and believe what LMTP answers."""

    name = "null"
