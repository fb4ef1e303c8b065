"""Requests that change something take turns, and share a commit.

Writers that run side by side in threads of one process gain nothing (they
share one interpreter lock) and lose a lot: two of them that insert into the
same leaf of an index while it splits conflict, and one has to start anew.  So
one works at a time.

Most of what a writer costs is its commit: a round trip to the storage server,
an fsync there, and a message to every other process.  Those that came while
another commit was under way are therefore carried out one after the other in
one transaction, and answered when that has been committed.  When one of them
fails, or the commit does, nothing of it remains; each is then carried out
again, by itself.
"""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Callable
from typing import Any

from pyramid_retry import is_last_attempt, mark_error_retryable
from transaction.interfaces import TransientError

from mmcore.database import UNAVAILABLE, Database, back_off

#: Methods that change nothing (RFC 9110, 9.2.1).
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

#: POST requests that change nothing either: they ask what does not fit into a URL.
QUESTIONS = re.compile(r"/3\.[01]/lists/.+/explain")

#: Seconds for which a transaction waits at most for those who shared the last one.  A commit
#: takes longer; who works alone never waits.
GATHERING = 0.002

#: In the environ of a request that is to share its commit with nobody.
ALONE = "mmcore.alone"


class TryAgainError(TransientError):
    """A request has to be carried out again."""


class Group:
    """Requests in one transaction; `newest` numbers the last that may join."""

    def __init__(self, newest: int) -> None:
        self.newest = newest
        self.size = 0
        self.done = threading.Event()
        #: Why nothing was committed.
        self.error: Exception | None = None


class WriterTurn:
    """Gives one request the connection of the writers, when it asks for it."""

    def __init__(self, tween: GroupWriter) -> None:
        self.tween = tween
        self.used = False
        #: What is to be done after the commit, and before this request is answered.
        self.follow_ups: list[Callable[[], None]] = []

    def site(self) -> Any:
        """The site in the transaction of the group; raises StorageUnavailableError."""
        site = self.tween.open()
        self.used = True
        self.tween.session.collect_work(self.follow_ups)
        return site


class GroupWriter:
    """A tween: the transactions of requests that are not safe."""

    def __init__(self, handler: Callable[[Any], Any], registry: Any) -> None:
        self.handler = handler
        self.database: Database = registry.database
        self.lock = threading.Lock()
        #: Every request has a number; those that wait for the lock are in the set.
        self.numbers = itertools.count(1)
        self.waiting: set[int] = set()
        self.session: Any = None
        #: How many shared the last transaction.
        self.last_size = 1
        self.group: Group | None = None

    def __call__(self, request: Any) -> Any:
        """Handle a request."""
        environ = request.environ
        attempt = environ.get("retry.attempt", 0)
        if attempt > (ALONE in environ):
            back_off(attempt)
        if reads_only(request):
            return self.handler(request)
        number = next(self.numbers)
        self.waiting.add(number)
        with self.lock:
            self.waiting.discard(number)
            if self.group is not None and (ALONE in environ or number > self.group.newest):
                # What it has to see may have been committed elsewhere since the group began.
                self._commit(self.group)
            try:
                response, group = self._take_part(request)
            finally:
                # Somebody has to, also when this request had no part in the group.
                if self.group is not None and (ALONE in environ or not self._awaited(self.group)):
                    self._commit(self.group)
        if group is None:
            return response
        group.done.wait()
        if group.error is None:
            # Others may write meanwhile.
            for work in request.writer_turn.follow_ups:
                work()
            return response
        return self._failed(request, group.error)

    def _take_part(self, request: Any) -> tuple[Any, Group | None]:
        """Carry a request out; returns the response, and the group that it has to wait for."""
        turn = request.writer_turn = WriterTurn(self)
        try:
            response = self.handler(request)
        except BaseException:
            self._give_up(TryAgainError("another request in the transaction failed"))
            raise
        group = self.group
        if group is None or not turn.used:
            # It has not even seen the tree.
            return response, None
        if not is_stored(request, response):
            return self._refused(request, response, group)
        group.size += 1
        return response, group

    def _refused(self, request: Any, response: Any, group: Group) -> tuple[Any, Group | None]:
        """Nothing of a request that failed may remain."""
        error = getattr(request, "exception", None)
        if isinstance(error, UNAVAILABLE):
            _last_attempt(request)
        elif isinstance(error, TransientError):
            mark_error_retryable(error)
        self._give_up(TryAgainError("another request in the transaction failed"))
        if isinstance(error, (TransientError, *UNAVAILABLE)) or not group.size:
            return response, None
        # It failed in view of what the others had done, which is undone: it has to look again.
        return response, group

    def _awaited(self, group: Group) -> bool:
        """Whether somebody waits who may join the group."""
        # A copy in one step: others add to it meanwhile.
        return any(number <= group.newest for number in self.waiting.copy())

    def open(self) -> Any:
        """The site in the current transaction, which begins if there is none."""
        if self.group is None:
            self._gather()
            # Whoever came before this moment sees here all that it has to see.
            newest = next(self.numbers)
            # From the pool, and back to it: who reads next has in memory what was written.
            session = self.database.session()
            try:
                session.begin()
            except BaseException:
                session.close()
                raise
            self.session = session
            self.group = Group(newest)
        return self.session.site

    def _gather(self) -> None:
        """Wait a moment for those who took part last time: they have just been answered."""
        deadline = time.monotonic() + GATHERING
        while len(self.waiting) < self.last_size - 1 and time.monotonic() < deadline:
            time.sleep(GATHERING / 10)

    def _commit(self, group: Group) -> None:
        try:
            self.session.commit()
        except (TransientError, *UNAVAILABLE) as error:
            self._give_up(error)
        except BaseException:
            self._give_up(TryAgainError("the transaction could not be committed"))
            raise
        else:
            self.last_size, self.group = group.size, None
            self._let_go()
            group.done.set()

    def _let_go(self) -> None:
        """Give the connection back."""
        session, self.session = self.session, None
        if session is not None:
            session.close()

    def _give_up(self, error: Exception) -> None:
        """Nothing of the group remains; `error` tells its members why."""
        group, self.group = self.group, None
        self.last_size = 1
        self._let_go()
        if group is not None:
            group.error = error
            group.done.set()

    def _failed(self, request: Any, error: Exception) -> Any:
        """The answer to a request whose transaction was not committed."""
        if isinstance(error, UNAVAILABLE):
            # Nobody knows whether the commit succeeded, and doing it again might post a
            # message twice: the client is told (503) and has to look.
            _last_attempt(request)
        else:
            request.environ[ALONE] = True
            error = TryAgainError(str(error))
            mark_error_retryable(error)
            if not is_last_attempt(request):
                raise error
        try:
            raise error
        except type(error):
            return request.invoke_exception_view(reraise=True)


def _last_attempt(request: Any) -> None:
    """Do not carry the request out again, whatever the error says."""
    request.environ["retry.attempts"] = request.environ.get("retry.attempt", 0) + 1


def is_stored(request: Any, response: Any) -> bool:
    """Whether what a request did remains: it succeeded, or is to have effect all the same."""
    return request.settled or 200 <= response.status_int < 300


def reads_only(request: Any) -> bool:
    """Whether a request changes nothing: it has a transaction of its own, from pyramid_tm."""
    if request.method == "POST":
        return QUESTIONS.fullmatch(request.environ.get("PATH_INFO", "")) is not None
    return request.method in SAFE


def includeme(config: Any) -> None:
    """Put the tween around pyramid_tm's."""
    config.add_tween("resources.writing.GroupWriter", over="pyramid_tm.tm_tween_factory")
