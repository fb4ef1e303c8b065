"""The composition root: what the engine of a process is made of.

Outer packages are named here as strings and imported by the scan, so that the
engine knows nothing of them.  There is no global configuration: parts get the
engine when they are built.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import importlib
import logging
from collections.abc import Callable, Iterator
from typing import Any

from transaction.interfaces import TransientError
from zope.interface import implementer
from zope.interface.verify import verifyObject

from mmcore.config import Settings, load
from mmcore.database import ROOT_KEY, Database, Session, back_off, embedded, open_database
from mmcore.directives import Collector, scan
from mmcore.errors import ConfigurationError
from mmcore.interfaces.archiver import IArchiver
from mmcore.interfaces.chain import IChain
from mmcore.interfaces.email_command import IEmailCommand
from mmcore.interfaces.engine import IEngine
from mmcore.interfaces.handler import IHandler
from mmcore.interfaces.incoming import IIncoming
from mmcore.interfaces.pipeline import IPipeline
from mmcore.interfaces.rule import IRule
from mmcore.interfaces.style import IStyle
from mmcore.plugins import archiver_classes, incoming_class, load_plugins, site_packages
from mmcore.queue.content import ContentStore
from mmcore.queue.mailroom import Mailroom
from mmcore.queue.rehearsal import current as current_rehearsal
from mmcore.queue.wakeup import Waker
from mmcore.storage_server import is_served, start_zeo_beside, stop_zeo_beside

log = logging.getLogger("mmcore.app")

#: Where the built-in parts are found, inner packages first.
PART_PACKAGES = (
    "mmcore.styles",
    "mmcore.rules",
    "mmcore.handlers",
    "mmcore.email_commands",
    "mmcore.archivers",
    "mmcore.incoming",
    "mmcore.chains",
    "mmcore.pipelines",
)

#: Every kind of part an engine has: attribute and interface.
KINDS = {
    "rule": ("rules", IRule),
    "chain": ("chains", IChain),
    "handler": ("handlers", IHandler),
    "pipeline": ("pipelines", IPipeline),
    "style": ("styles", IStyle),
    "email_command": ("email_commands", IEmailCommand),
    "archiver": ("archivers", IArchiver),
}


@implementer(IEngine)
class Engine:
    """See `IEngine`."""

    def __init__(
        self, settings: Settings, found: Collector, writer: str, database: Database | None
    ) -> None:
        self.settings = settings
        self.database = database
        self._content = ContentStore(settings.paths.content_dir, writer)
        self.waker = Waker(settings.paths.run_dir)
        for name, runner in settings.runners.items():
            self.waker.instances(name, runner.instances)
        self.sender_headers = tuple(settings.mmcore.sender_headers)
        self._subscribers: list[Callable[[object], None]] = []
        self.rules: dict[str, Any] = {}
        self.chains: dict[str, Any] = {}
        self.handlers: dict[str, Any] = {}
        self.pipelines: dict[str, Any] = {}
        self.styles: dict[str, Any] = {}
        self.email_commands: dict[str, Any] = {}
        self.archivers: dict[str, Any] = {}
        for kind, (attribute, interface) in KINDS.items():
            parts = getattr(self, attribute)
            classes = found.found[kind]
            if kind == "archiver":
                classes = archiver_classes(settings, classes)
            for name, cls in sorted(classes.items()):
                # The same class may archive in several ways, as its sections say.
                part = cls(self, name) if kind == "archiver" else cls(self)
                verifyObject(interface, part)
                parts[name] = part
        self.incoming: Any = incoming_class(settings, found.found["incoming"])(self)
        verifyObject(IIncoming, self.incoming)
        self.plugins = load_plugins(self)
        # Only now, since a plugin may have built it.
        if settings.antispam.jump_chain not in self.chains:
            raise ConfigurationError(
                f"[antispam] jump_chain: no chain is named {settings.antispam.jump_chain!r}"
            )

    @property
    def content(self) -> Any:
        """See `IEngine`."""
        rehearsal = current_rehearsal()
        return self._content if rehearsal is None else rehearsal.content

    @property
    def rehearsing(self) -> bool:
        """See `IEngine`."""
        return current_rehearsal() is not None

    def mailroom(self, context: Any) -> Mailroom:
        """See `IEngine`."""
        while context.__parent__ is not None:
            context = context.__parent__
        if (rehearsal := current_rehearsal()) is not None:
            return rehearsal.mailroom(context, self.sender_headers)
        return Mailroom(context, self._content, self.waker, self.sender_headers)

    def close(self) -> None:
        """Close the files and sockets of this process."""
        self._content.close()
        self.waker.close()

    def notify(self, event: object) -> None:
        """See `IEngine`."""
        if (rehearsal := current_rehearsal()) is not None:
            rehearsal.events.append(event)
            return
        for subscriber in self._subscribers:
            subscriber(event)

    def subscribe(self, subscriber: Callable[[object], None]) -> None:
        """See `IEngine`."""
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Callable[[object], None]) -> None:
        """Take a subscriber away again."""
        self._subscribers.remove(subscriber)


_scans: dict[tuple[str, ...], Collector] = {}


def find_parts(settings: Settings) -> Collector:
    """Scan for all parts; done once a process and set of site packages."""
    packages = site_packages(settings)
    key = tuple(packages)
    if key not in _scans:
        _scans[key] = scan(PART_PACKAGES, packages)
    return _scans[key]


def compose(
    settings: Settings, writer: str = "engine", database: Database | None = None
) -> Engine:
    """Build the engine of a process.

    `writer` names the process among all that write messages at the same time; `database` is
    open for as long as the engine lives.  Raises ConfigurationError.
    """
    return Engine(settings, find_parts(settings), writer, database)


def find_runners(settings: Settings) -> dict[str, type]:
    """Runner classes by name."""
    return scan(("runners",), site_packages(settings)).found["runner"]


def runner_class(name: str, settings: Settings) -> type:
    """The class of a runner; raises ConfigurationError with the names there are."""
    runners = find_runners(settings)
    try:
        return runners[name]
    except KeyError:
        raise ConfigurationError(
            f"no runner is named {name!r}; there are: {', '.join(sorted(runners))}"
        ) from None


def ensure_site(session: Session, settings: Settings) -> None:
    """Create the site in a new database, run evolution steps on an old one.

    One process at a time does it; the others wait and find it done.
    Raises StorageUnavailableError.
    """
    root = importlib.import_module("resources.root")
    evolution = importlib.import_module("resources.evolve")
    settings.paths.lock_dir.mkdir(parents=True, exist_ok=True)
    for attempt in range(5):
        try:
            database_root = _begin(session)
            site = database_root.get(ROOT_KEY)
            current = (
                site is not None
                and site.schema_version == evolution.CURRENT_VERSION
                and site.no_reply == settings.mmcore.noreply_address
            )
            session.abort()
            if current:
                return
            with (settings.paths.lock_dir / "evolve.lock").open("w") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                site = root.appmaker(_begin(session), session.manager)
                session.abort()
                session.begin()
                if session.site.no_reply != settings.mmcore.noreply_address:
                    session.site.no_reply = settings.mmcore.noreply_address
                session.commit()
        except TransientError:
            session.abort()
            back_off(attempt)
    session.begin()
    session.abort()


def _begin(session: Session) -> Any:
    session.database.freshen()
    session.manager.begin()
    return session.connection.root()


def open_site(settings: Settings, wait_timeout: float | None = None) -> Database:
    """Open the database and see that there is a site of this release in it."""
    settings.ensure_dirs()
    database = open_database(settings, wait_timeout)
    session = database.session()
    try:
        ensure_site(session, settings)
    except BaseException:
        session.close()
        database.close()
        raise
    session.close()
    return database


@contextlib.contextmanager
def opened(settings: Settings, writer: str = "command") -> Iterator[tuple[Engine, Any]]:
    """For commands: yields (engine, site) in one transaction.

    Committed at the end unless it is doomed, aborted on any exception.  Works beside a running
    master, and without one: then the embedded database is served for the time
    of the command.
    """
    with database_of(settings) as database:
        engine = compose(settings, writer, database)
        session = database.session()
        try:
            yield engine, session.begin()
            if not session.manager.isDoomed():
                session.commit()
        finally:
            session.close()
            engine.close()


@contextlib.contextmanager
def database_of(settings: Settings) -> Iterator[Database]:
    """The database, with a storage server of our own if nobody serves it."""
    helper = None
    if embedded(settings) and settings.source is not None and not is_served(settings):
        settings.ensure_dirs()
        helper = start_zeo_beside(settings)
    try:
        database = open_site(settings)
        try:
            yield database
        finally:
            database.close()
    finally:
        if helper is not None:
            stop_zeo_beside(helper)


def main(global_config: dict[str, str], **app_settings: str) -> Any:
    """PasteDeploy's app factory: the REST API as a WSGI application.

    Serves alone or beside a running master.  Raises ConfigurationError or
    StorageUnavailableError, with a text that says what is wrong.
    """
    settings = load(global_config["__file__"])
    return make_wsgi_app(settings)


def make_wsgi_app(settings: Settings, database: Database | None = None) -> Any:
    """The REST API over the database of `settings`."""
    if not settings.webservice.admin_pass:
        raise ConfigurationError(
            f"{settings.source}: [webservice] admin_pass is empty; set a password, "
            "the REST API can do everything"
        )
    if database is None:
        database = kept_database(settings)
    engine = compose(settings, "rest", database)
    wsgi = importlib.import_module("resources.wsgi")
    return wsgi.make_app(engine, database, settings)


def kept_database(settings: Settings) -> Database:
    """The database, until the process ends; see `database_of`."""
    return _keep_open.enter_context(database_of(settings))


_keep_open = contextlib.ExitStack()
# While the threads of the storage's client still run: without them it waits for ever.
atexit.register(_keep_open.close)
