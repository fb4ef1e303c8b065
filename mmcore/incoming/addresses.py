"""Which addresses are ours: what mail servers are told, read from indexes only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mmcore.message.addresses import SUBADDRESSES

#: What follows the name of a list in its addresses, that for posts first.
SUFFIXES = ("", *(f"-{name}" for name in sorted(SUBADDRESSES)))

#: The longest of them.
LONGEST_SUFFIX = max(len(suffix) for suffix in SUFFIXES)

#: What may be written into a file as the name of a host; what a client calls an alias domain
#: can be anything.
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


@dataclass(frozen=True)
class Host:
    """A domain that has lists."""

    mail_host: str
    #: The domain under which the mail server brings us its mail.
    delivered_as: str
    #: Names of the lists, sorted.
    names: list[str]

    @property
    def has_alias(self) -> bool:
        """Whether the mail server knows the lists by another domain than we do."""
        return self.delivered_as != self.mail_host


def hosts_of(site: Any) -> list[Host]:
    """The domains that have lists, sorted; loads neither domains nor lists."""
    aliases = site.domains.aliases()
    hosts = []
    for mail_host, names in sorted(site.lists.names_by_host().items()):
        alias = aliases.get(mail_host, "")
        delivered_as = alias if _HOST.fullmatch(alias) else mail_host
        hosts.append(Host(mail_host, delivered_as, sorted(names)))
    return hosts


def by_domain(hosts: Sequence[Host]) -> Iterator[tuple[str, dict[str, str]]]:
    """(domain, list-ids by name), sorted: every domain whose mail is for us, aliases too.

    For mail servers that need not rewrite addresses: LMTP takes mail for alias domains.
    """
    found: dict[str, dict[str, str]] = {}
    for host in hosts:
        for domain in dict.fromkeys((host.mail_host, host.delivered_as)):
            lists = found.setdefault(domain, {})
            for name in host.names:
                lists.setdefault(name, f"{name}.{host.mail_host}")
    for domain, lists in sorted(found.items()):
        yield domain, dict(sorted(lists.items()))
