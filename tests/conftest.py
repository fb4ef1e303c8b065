"""What most tests stand on: a real tree in memory, and an engine over it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ZODB
from ZODB.DemoStorage import DemoStorage

from mmcore.app import Engine, compose, ensure_site
from mmcore.config import Settings
from mmcore.database import Database, Session
from resources.check import problems
from tests.support.dns import Nameserver

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts in this way what is to work in the background, and what we start inherits it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

#: Hooks of pytest.
pytest_plugins = ("tests.support.parallel",)


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Whatever a command sets that is called in this process does not stay for the next test."""
    before = os.umask(0o022)
    os.umask(before)
    yield
    os.umask(before)


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Stock settings over a new directory with a short name (unix sockets need that)."""
    settings = Settings.defaults(var_dir=Path(tmp_path_factory.mktemp("v")))
    settings.ensure_dirs()
    return settings


@pytest.fixture
def database(settings: Settings, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database in memory, with a site; what a test commits must leave it sound."""
    database = Database(ZODB.DB(DemoStorage()))
    session = database.session()
    ensure_site(session, settings)
    session.close()
    yield database
    session = database.session()
    found = unsound(session.begin(), request)
    session.close()
    database.close()
    fail_if(found)


@pytest.fixture
def session(database: Database, request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session with a transaction begun; tests commit as they like, but leave it sound."""
    session = database.session()
    session.begin()
    yield session
    found = [] if session.manager._txn is None else unsound(session.site, request)
    session.close()
    fail_if(found)


def unsound(site: Any, request: pytest.FixtureRequest) -> list[str]:
    """What is wrong with a tree, unless the test is there to damage it."""
    return [] if request.node.get_closest_marker("unsound") else problems(site)


def fail_if(found: list[str]) -> None:
    """Fail the test that has just ended."""
    if found:
        pytest.fail("the test left the tree unsound:\n" + "\n".join(found), pytrace=False)


@pytest.fixture
def site(session: Session) -> Any:
    """The site in the session's transaction."""
    return session.site


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The engine with all parts."""
    engine = compose(settings, "test")
    yield engine
    engine.close()


@pytest.fixture
def mlist(engine: Engine, site: Any) -> Any:
    """test@example.com in the style legacy-default."""
    site.domains.add("example.com")
    mlist = site.lists.add("test@example.com")
    engine.styles["legacy-default"].apply(mlist)
    return mlist


@pytest.fixture
def anne(site: Any, mlist: Any) -> Any:
    """Anne Person, subscribed by her verified and preferred address."""
    user = site.users.make("aperson@example.com", "Anne Person")
    address = site.addresses.get("aperson@example.com")
    address.verify()
    user.preferred_address = address
    return mlist.subscribe(address)


@pytest.fixture
def nameserver(settings: Settings) -> Iterator[Nameserver]:
    """The nameserver that the engine asks; it knows of nothing yet."""
    with Nameserver() as nameserver:
        settings.dmarc.nameservers = ("127.0.0.1",)
        settings.dmarc.nameserver_port = nameserver.port
        yield nameserver
