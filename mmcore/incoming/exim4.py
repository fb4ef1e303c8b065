"""Exim: two files for `lsearch` lookups, the domains and the posting addresses.

`docs/mail-servers.md` has routers and a transport that use them.  Exim itself knows about
suffixes, so the files have one line a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmcore.directives import incoming
from mmcore.incoming.addresses import Host
from mmcore.incoming.base import FileMailServer
from mmcore.incoming.maps import MapFile


@incoming
class Exim4(FileMailServer):
    """Writes `exim4_domains` and `exim4_lists`."""

    name = "exim4"

    def files(self, directory: Path, hosts: Sequence[Host]) -> list[MapFile]:
        """See `FileMailServer`.  An alias domain stands beside the domain itself."""
        names: dict[str, dict[str, str]] = {}
        for host in hosts:
            for domain in dict.fromkeys((host.mail_host, host.delivered_as)):
                lists = names.setdefault(domain, {})
                for name in host.names:
                    lists.setdefault(name, f"{name}.{host.mail_host}")
        domains = [f"{domain}: {domain}\n".encode() for domain in sorted(names)]
        lists_of = [
            "".join(f"{name}@{domain}: {list_id}\n" for name, list_id in lists.items()).encode()
            for domain, lists in sorted(names.items())
        ]
        return [
            MapFile(directory / "exim4_domains", domains),
            MapFile(directory / "exim4_lists", lists_of),
        ]
