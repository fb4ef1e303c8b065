"""Sendmail: two files for maps of class `text`, the domains and all addresses.

`docs/mail-servers.md` has the mailer, the rules and the features that use them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from mmcore.directives import incoming
from mmcore.incoming.addresses import SUFFIXES, Host, by_domain
from mmcore.incoming.base import FileMailServer
from mmcore.incoming.maps import MapFile


@incoming
class Sendmail(FileMailServer):
    """Writes `sendmail_mailertable` and `sendmail_lists`."""

    name = "sendmail"

    def files(self, directory: Path, hosts: Sequence[Host]) -> list[MapFile]:
        """See `FileMailServer`."""
        # The port stands in the definition of the mailer.
        mailer = f"mmcore:[{self.engine.settings.mta.lmtp_host}]"
        domains, addresses = [], []
        for domain, lists in by_domain(hosts):
            domains.append(f"{domain} {mailer}\n".encode())
            addresses.append(_addresses(domain, lists))
        return [
            MapFile(directory / "sendmail_mailertable", domains),
            MapFile(directory / "sendmail_lists", addresses),
        ]


def _addresses(domain: str, names: Iterable[str]) -> bytes:
    lines = [f"{name}{suffix}@{domain} ok\n" for name in names for suffix in SUFFIXES]
    return "".join(lines).encode()
