"""Changing and removing mail domains, as the REST API and the commands do it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from mmcore.services.mail_server import announce_all

log = logging.getLogger("mmcore.lists")


def change_domain(engine: Any, domain: Any, change: Mapping[str, Any]) -> None:
    """Set attributes of a domain, by their names in `IDomain`."""
    for name, value in change.items():
        setattr(domain, name, value)
    if "alias_domain" in change:
        announce_all(engine, domain.__parent__.__parent__)


def remove_domain(engine: Any, domain: Any) -> None:
    """Remove a domain with all its lists."""
    domains, mail_host = domain.__parent__, domain.mail_host
    domains.remove(domain)
    announce_all(engine, domains.__parent__)
    log.info("domain %s removed", mail_host)
