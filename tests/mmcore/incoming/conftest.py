"""Mail servers that are told of the lists of a database in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mmcore.app import compose
from mmcore.config import Settings
from mmcore.database import Database


@pytest.fixture
def incoming(settings: Settings, database: Database) -> Iterator[Callable[..., Any]]:
    """Call it with a name, and with settings of Postfix; returns the mail server."""
    engines = []

    def build(name: str, **postfix: Any) -> Any:
        settings.mta.incoming = name
        for key, value in postfix.items():
            setattr(settings.postfix, key, value)
        engines.append(compose(settings, f"mta{len(engines)}", database))
        return engines[-1].incoming

    yield build
    for engine in engines:
        engine.close()


@pytest.fixture
def lists(database: Database) -> Iterator[Callable[..., None]]:
    """Create lists, and their domains where those are missing."""
    session = database.session()

    def create(*addresses: str, **aliases: str) -> None:
        """`aliases` are alias domains, by the first label of the domain."""
        site = session.begin()
        for address in addresses:
            host = address.partition("@")[2]
            if site.domains.get(host) is None:
                site.domains.add(host, alias_domain=aliases.get(host.partition(".")[0]))
            site.lists.add(address)
        session.commit()

    yield create
    session.close()


@pytest.fixture
def remove(database: Database) -> Callable[[str], None]:
    """Remove a list, by its address."""

    def removing(address: str) -> None:
        session = database.session()
        session.run(lambda site: site.lists.remove(site.lists.get(address)))
        session.close()

    return removing
