"""The object database: opening it, and units of work in it.

Nothing outside this module and `mmcore.storage_server` knows which storage there
is.  By default that is a FileStorage behind a ZEO server on a unix socket, which
the master (or a lone `pserve`) starts; `[database] uri` names any other in
zodburi's words.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import logging
import random
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import transaction
from transaction.interfaces import TransientError
from ZEO.Exceptions import ClientDisconnected, ServerException
from ZODB.POSException import StorageError

from mmcore.config import Settings
from mmcore.errors import StorageUnavailableError
from mmcore.last_transaction import LastTransaction, shared_page

with warnings.catch_warnings():
    # ZODB's own import of pkg_resources; setuptools is pinned for it.
    warnings.simplefilter("ignore")
    import ZODB
    import zodburi

log = logging.getLogger("mmcore.database")

#: Where the site hangs in ZODB's root mapping.
ROOT_KEY = "mmcore"

#: What a storage that went away raises, whichever storage it is.
UNAVAILABLE = (ClientDisconnected, ConnectionError, StorageUnavailableError)

# What a system says that has no room for more.
_FULL = (errno.ENOSPC, errno.EDQUOT)

#: How often a unit of work is tried before a conflict counts as a failure.
ATTEMPTS = 12

#: The answer to a ping comes after what the server had to say before; should it ever not,
#: the server is asked again.
PINGS = 3

# Key of the data of a transaction; see `Session.collect_work`.
_COLLECTED = object()

T = TypeVar("T")
W = TypeVar("W", bound=Callable[[], None])


class Session:
    """One connection to the database with its own transactions.

    A session belongs to one thread.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.manager = transaction.TransactionManager(explicit=True)
        self.connection = database.db.open(self.manager)

    @property
    def site(self) -> Any:
        """The site, as the current transaction sees it."""
        return self.connection.root()[ROOT_KEY]

    def begin(self, fresh: bool = True) -> Any:
        """Begin a transaction; returns the site.

        With `fresh` it sees everything that any process committed before the
        call, which costs a round trip to the storage (0.15 ms).  Raises
        StorageUnavailableError.
        """
        if not self.database.is_connected():
            # Found out at once, not after the time-out of a call.
            raise StorageUnavailableError("the storage is away")
        try:
            if fresh:
                self.database.freshen()
            self.manager.begin()
            return self.site
        except UNAVAILABLE as error:
            self.abort()
            raise StorageUnavailableError(str(error) or "the storage is away") from error

    def commit(self) -> None:
        """Commit.  An exception means «unknown», not «aborted»: look before redoing."""
        self.manager.commit()

    def collect_work(self, work: list[Callable[[], None]]) -> None:
        """Have `after_commit` put into `work` from now on what is asked of it.

        Several callers may take turns in the transaction, each with a list of its own; each then
        does its part.
        """
        self.manager.get().set_data(_COLLECTED, work)

    def abort(self) -> None:
        """Give up the current transaction, if there is one."""
        if self.manager._txn is not None:
            self.manager.abort()

    def run(self, work: Callable[[Any], T], fresh: bool = True) -> T:
        """Run `work(site)` in a transaction, again after each conflict.

        `work` has to be safe to repeat, also after a commit that failed only
        seemingly.  Raises StorageUnavailableError when the storage is away.
        """
        for attempt in range(ATTEMPTS):
            site = self.begin(fresh)
            try:
                result = work(site)
                self.commit()
                return result
            except TransientError:
                self.abort()
                if attempt == ATTEMPTS - 1:
                    raise
                back_off(attempt)
            except UNAVAILABLE as error:
                self.abort()
                raise StorageUnavailableError(str(error) or "the storage is away") from error
            except BaseException as error:
                self.abort()
                if is_full(error):
                    raise StorageUnavailableError(str(error)) from error
                raise
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Give the connection back; harmless when that has been done."""
        self.abort()
        if self.connection.opened:
            self.connection.close()


@contextlib.contextmanager
def reading(database: Database | None) -> Iterator[Any]:
    """For a look into the tree as it is now: yields the site in a transaction that is aborted.

    Raises StorageUnavailableError, also where a process has no database.
    """
    if database is None:
        raise StorageUnavailableError("this process has not opened the database")
    session = database.session()
    try:
        yield session.begin()
    except UNAVAILABLE as error:
        raise StorageUnavailableError(str(error) or "the storage is away") from error
    finally:
        session.close()


def after_commit(site: Any, work: W) -> W:
    """Have `work()` done when the current transaction of `site` has been committed.

    It is done before the commit returns, unless somebody collects such work
    (`Session.collect_work`); it must not raise, and not use the connection.  Returns `work`, or
    what is equal to it and was to be done already.
    """
    transaction = site._p_jar.transaction_manager.get()
    try:
        collected = transaction.data(_COLLECTED)
    except KeyError:
        collected = []
        transaction.set_data(_COLLECTED, collected)
        transaction.addAfterCommitHook(_follow_up, args=(collected,))
    for known in collected:
        if known == work:
            same: W = known
            return same
    collected.append(work)
    return work


def _follow_up(success: bool, collected: list[Callable[[], None]]) -> None:
    if success:
        for work in collected:
            work()


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full, ours or the storage's: that passes, too."""
    if isinstance(error, ServerException):
        # What the server has raised: the name of its class, and its arguments.
        return error.args[0] == "builtins.OSError" and error.args[1][0] in _FULL
    return isinstance(error, OSError) and error.errno in _FULL


def back_off(attempt: int) -> None:
    """Sleep a little before trying again what conflicted: 2 ms and up, with jitter."""
    time.sleep(random.uniform(0.5, 1.5) * min(0.002 * 2**attempt, 0.2))


class Database:
    """The opened database of one process."""

    def __init__(self, db: ZODB.DB, last: LastTransaction | None = None) -> None:
        self.db = db
        self._last = last
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()

    def freshen(self) -> None:
        """Wait until every commit that has ended anywhere is visible here."""
        storage = self.db.storage
        last = None if self._last is None else self._last.read()
        for _ in range(PINGS):
            if last is not None and storage.lastTransaction() >= last:
                # All that there is has arrived.
                return
            # A new one with every connection to the server.
            ping = getattr(storage, "ping", None)
            if ping is None:
                return
            ping()
            if last is None:
                return

    def session(self) -> Session:
        """A new session."""
        session = Session(self)
        self._sessions.add(session)
        return session

    def is_connected(self) -> bool:
        """Whether the storage can be reached right now."""
        connected = getattr(self.db.storage, "is_connected", None)
        return True if connected is None else bool(connected())

    def pack(self, keep_days: float) -> None:
        """Throw away history older than `keep_days`."""
        self.db.pack(days=keep_days)

    def close(self) -> None:
        """Close the database, and the sessions that nobody has closed."""
        for session in list(self._sessions):
            session.close()
        self.db.close()


def open_database(settings: Settings, wait_timeout: float | None = None) -> Database:
    """Open the database that `[database]` names.

    `wait_timeout` is how long to wait for a server (seconds, default from the
    settings).  Raises StorageUnavailableError.
    """
    wanted = settings.database
    try:
        if wanted.uri:
            storage_factory, arguments = zodburi.resolve_uri(wanted.uri)
            arguments.setdefault("cache_size", wanted.cache_objects)
            db = ZODB.DB(storage_factory(), **arguments)
        else:
            # The server is ours; a module of 0.1 s that other storages do without.
            from ZEO.ClientStorage import ClientStorage

            timeout = wanted.wait_timeout.total_seconds() if wait_timeout is None else wait_timeout
            storage = ClientStorage(
                str(wanted.zeo_socket),
                cache_size=wanted.client_cache,
                wait_timeout=timeout,
            )
            db = ZODB.DB(storage, cache_size=wanted.cache_objects)
            return Database(db, LastTransaction(shared_page(settings)))
    except (ClientDisconnected, StorageError, OSError) as error:
        where = wanted.uri or wanted.zeo_socket
        raise StorageUnavailableError(
            f"cannot open the database at {where}: {error or 'nobody answers'}"
        ) from error
    return Database(db)


def embedded(settings: Settings) -> bool:
    """Whether the storage server is ours to start."""
    return not settings.database.uri


def preload(settings: Settings) -> None:
    """Import what any process needs to open the database; for a parent that forks."""
    if embedded(settings):
        for module in ("ZEO.ClientStorage", "ZEO.StorageServer", "ZODB.FileStorage"):
            importlib.import_module(module)
