"""Exim: two files for `lsearch` lookups, the domains and the posting addresses.

`docs/mail-servers.md` has routers and a transport that use them.  Exim itself knows about
suffixes, so the files have one line a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmcore.directives import incoming
from mmcore.incoming.addresses import Host, by_domain
from mmcore.incoming.base import FileMailServer
from mmcore.incoming.maps import MapFile


@incoming
class Exim4(FileMailServer):
    """Writes `exim4_domains` and `exim4_lists`."""

    name = "exim4"

    def files(self, directory: Path, hosts: Sequence[Host]) -> list[MapFile]:
        """See `FileMailServer`."""
        domains, addresses = [], []
        for domain, lists in by_domain(hosts):
            domains.append(f"{domain}: {domain}\n".encode())
            lines = [f"{name}@{domain}: {list_id}\n" for name, list_id in lists.items()]
            addresses.append("".join(lines).encode())
        return [
            MapFile(directory / "exim4_domains", domains),
            MapFile(directory / "exim4_lists", addresses),
        ]
