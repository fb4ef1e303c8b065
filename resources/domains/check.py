"""Whether the indexes of domains are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from resources.checking import compared, container, grouped


def check(site: Any) -> Iterator[str]:
    """Keys, aliases, owners."""
    domains = site.domains
    yield from container("domains", domains)
    pairs = []
    for host, domain in domains._data.items():
        if domain.mail_host != host:
            yield f"domains: {host} is {domain.mail_host}"
        for user_id in domain.owner_ids:
            if site.users.get(user_id) is None:
                yield f"domains: {host} is owned by {user_id}, who does not exist"
        if domain.alias_domain:
            pairs.append((domain.alias_domain, host))
    found = {alias: list(hosts) for alias, hosts in domains._aliases.items()}
    yield from compared("aliases", found, grouped(pairs))
