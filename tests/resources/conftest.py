"""The real REST application over the tree in memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import quote

import pytest
import ZODB
from pyramid.interfaces import ISecurityPolicy
from ZODB.DemoStorage import DemoStorage

with warnings.catch_warnings():
    # WebOb imports the standard library's cgi module, which Python 3.13 drops.
    warnings.simplefilter("ignore", DeprecationWarning)
    from webtest import TestApp
    from webtest.app import TestRequest

from mmcore.app import Engine, compose, ensure_site
from mmcore.config import Settings
from mmcore.database import Database
from resources.wsgi import make_app
from tests.support.rest_map import World

#: What links begin with under the stock settings.
BASE = "http://localhost:8001/3.1"


class Request(TestRequest):
    """A request with the URL as it was sent, which real servers tell the application."""

    @classmethod
    def blank(cls, path: str, *args: Any, **kw: Any) -> Any:
        """See WebOb."""
        request = super().blank(path, *args, **kw)
        request.environ["REQUEST_URI"] = quote(path, safe="/%?&=+:@!$'()*,;~#")
        return request


class Client(TestApp):
    """A client for whom a fault of the server is a failure, whatever status a test expects."""

    RequestClass = Request

    def do_request(self, req: Any, status: Any = None, expect_errors: Any = None) -> Any:
        """See WebTest; only `status=503` and the like let a 5xx pass."""
        answer = super().do_request(req, status, expect_errors)
        wanted = str(status)[:1] == "5"
        assert wanted or answer.status_int < 500, f"{req.method} {req.url}: {answer.status}"
        return answer


Change = Callable[[], AbstractContextManager[Any]]


class Current:
    """Stands for the engine or the database of the test that runs."""

    target: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.target, name)


#: Applications by their settings, each with its engine and its database: building one takes
#: longer than most tests.
_APPS: dict[str, tuple[Any, Current, Current]] = {}


def shared_app(engine: Engine, database: Database, settings: Settings) -> Any:
    """An application for these settings, as if it were new."""
    key = repr([
        (name, sorted(vars(section)["_values"].items()))
        for name, section in sorted(settings.sections.items())
        if name not in ("paths", "database")
    ])  # fmt: skip
    if key not in _APPS:
        parts = Current(), Current()
        parts[0].target, parts[1].target = engine, database
        _APPS[key] = make_app(*parts, settings), *parts
    app, current_engine, current_database = _APPS[key]
    current_engine.target, current_database.target = engine, database
    throttle = app.registry.getUtility(ISecurityPolicy)._throttle
    throttle._failures.clear()
    throttle._right.clear()
    return app


@pytest.fixture
def app(engine: Engine, database: Database, settings: Settings) -> Any:
    """The WSGI application."""
    settings.webservice.admin_pass = "restpass"
    return shared_app(engine, database, settings)


@pytest.fixture
def anonymous(app: Any) -> Client:
    """A client without credentials."""
    return Client(app)


@pytest.fixture
def api(app: Any) -> Client:
    """A client that is logged in."""
    client = Client(app)
    client.authorization = ("Basic", ("restadmin", "restpass"))
    return client


@pytest.fixture
def any_method(app: Any) -> Client:
    """A client that is logged in, for methods that WebTest has not heard of."""
    client = Client(app, lint=False)
    client.authorization = ("Basic", ("restadmin", "restpass"))
    return client


@pytest.fixture
def change(database: Database) -> Change:
    """`with change() as site:` looks into the tree, or commits changes to it."""

    @contextmanager
    def changing() -> Iterator[Any]:
        session = database.session()
        try:
            yield session.begin()
            session.commit()
        finally:
            session.close()

    return changing


@pytest.fixture
def ant(api: Client) -> str:
    """The list-id of ant@example.com, created through the API."""
    api.post("/3.1/domains", {"mail_host": "example.com"}, status=201)
    api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
    return "ant.example.com"


@pytest.fixture
def subscribe(api: Client, ant: str) -> Callable[..., str]:
    """Subscribe an address without further questions; returns the path of the membership."""

    def subscribing(email: str, **parameters: str) -> str:
        flags = {"pre_verified": "yes", "pre_confirmed": "yes", "pre_approved": "yes"}
        given = {"list_id": ant, "subscriber": email, **flags, **parameters}
        answer = api.post("/3.1/members", given, status=201)
        return answer.headers["Location"].removeprefix("http://localhost:8001")

    return subscribing


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A site with one of everything, for the tests of a module that leave it as it is."""
    settings = Settings.defaults(var_dir=tmp_path_factory.mktemp("v"))
    settings.ensure_dirs()
    settings.webservice.admin_pass = "restpass"
    engine = compose(settings, "lasting")
    database = Database(ZODB.DB(DemoStorage()))
    session = database.session()
    ensure_site(session, settings)

    @contextmanager
    def changing() -> Iterator[Any]:
        yield session.begin()
        session.commit()

    client = Client(make_app(engine, database, settings), lint=False)
    client.authorization = ("Basic", ("restadmin", "restpass"))
    world = World(client, engine, changing)
    world.database = database
    yield world
    session.close()
    database.close()
    engine.close()
