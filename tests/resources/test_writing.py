"""Requests that write take turns and share commits; those that read do not wait for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import chain
from types import SimpleNamespace
from typing import Any

import pytest
from pyramid_retry import is_error_retryable
from transaction.interfaces import TransientError
from ZEO.Exceptions import ClientDisconnected

from resources.writing import ALONE, GroupWriter


class Sessions:
    """Stands for the database: counts transactions, and what is left of them."""

    def __init__(self) -> None:
        self.site: list[Any] = []
        self.stored: list[list[Any]] = []
        self.failing: list[Exception] = []
        self.before_commit: Callable[[], None] = lambda: None

    def session(self) -> Sessions:
        return self

    def begin(self) -> None:
        self.site.clear()

    def commit(self) -> None:
        self.before_commit()
        if self.failing:
            raise self.failing.pop()
        self.stored.append(list(self.site))

    def collect_work(self, work: list[Callable[[], None]]) -> None:
        self.work = work

    def abort(self) -> None:
        self.site.clear()

    def close(self) -> None:
        self.abort()


class Request:
    """What the tween looks at."""

    settled = False
    exception: Exception | None = None

    def __init__(self, method: str, name: Any = None, status: int = 200, attempt: int = 0) -> None:
        self.method = method
        self.name = name
        self.status = status
        self.environ: dict[str, Any] = {"retry.attempt": attempt, "retry.attempts": 8}
        self.writer_turn: Any = None

    def invoke_exception_view(self, reraise: bool) -> Any:
        return SimpleNamespace(status_int=503)


def answer(request: Request) -> Any:
    """A view: it leaves its name in the tree."""
    if request.method != "GET" and request.name is not None:
        request.writer_turn.site().append(request.name)
    return SimpleNamespace(status_int=request.status, name=request.name)


@pytest.fixture
def sessions() -> Sessions:
    return Sessions()


def tween_of(sessions: Sessions, handler: Callable[[Any], Any] = answer) -> GroupWriter:
    return GroupWriter(handler, SimpleNamespace(database=sessions))


class TestTurns:
    def test_writers_never_overlap(self, sessions):
        inside, most = [], []

        def handler(request):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.005)
            inside.pop()
            return answer(request)

        tween = tween_of(sessions, handler)
        threads = [
            threading.Thread(target=tween, args=[Request(method, method)])
            for method in ("POST", "PATCH", "DELETE", "PUT") * 3
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most == [1] * 12
        assert sorted(chain(*sessions.stored)) == sorted(("POST", "PATCH", "DELETE", "PUT") * 3)

    def test_readers_do_not_wait(self, sessions):
        release = threading.Event()

        def handler(request):
            if request.method == "POST":
                release.wait(10)
            return answer(request)

        tween = tween_of(sessions, handler)
        writer = threading.Thread(target=tween, args=[Request("POST")])
        writer.start()
        assert tween(Request("GET")).status_int == 200
        release.set()
        writer.join()

    def test_a_repeated_attempt_waits_a_little(self, sessions):
        begun = time.monotonic()
        tween_of(sessions)(Request("POST", attempt=3))
        assert time.monotonic() - begun > 0.005


class TestFollowUps:
    """What is to be done after the commit, and before the answer."""

    @pytest.fixture
    def done(self):
        return []

    def following(self, done):
        def handler(request):
            response = answer(request)
            done.append(f"{request.name} handled")
            request.writer_turn.follow_ups.append(lambda: done.append(f"{request.name} followed"))
            return response

        return handler

    def test_it_is_done_when_the_request_has_been_stored(self, sessions, done):
        sessions.before_commit = lambda: done.append("commit")
        tween_of(sessions, self.following(done))(Request("POST", "a"))
        assert done == ["a handled", "commit", "a followed"]

    def test_it_is_not_when_the_request_was_refused(self, sessions, done):
        tween_of(sessions, self.following(done))(Request("POST", "a", status=400))
        assert done == ["a handled"]

    def test_nor_when_the_commit_has_failed(self, sessions, done):
        sessions.failing.append(ClientDisconnected())
        tween_of(sessions, self.following(done))(Request("POST", "a"))
        assert done == ["a handled"]

    def test_others_may_write_meanwhile(self, sessions):
        blocked, release = threading.Event(), threading.Event()

        def handler(request):
            response = answer(request)
            if request.name == "slow":
                work = [blocked.set, lambda: release.wait(10)]
                request.writer_turn.follow_ups.extend(work)
            return response

        tween = tween_of(sessions, handler)
        slow = threading.Thread(target=tween, args=[Request("POST", "slow")])
        slow.start()
        assert blocked.wait(10)
        assert tween(Request("POST", "quick")).status_int == 200
        release.set()
        slow.join(10)
        assert sessions.stored == [["slow"], ["quick"]]

    def test_each_request_collects_its_own(self, sessions):
        def handler(request):
            request.writer_turn.site()
            assert sessions.work is request.writer_turn.follow_ups
            return SimpleNamespace(status_int=200, name=request.name)

        tween = tween_of(sessions, handler)
        for name in ("a", "b"):
            assert tween(Request("POST", name)).name == name


class TestGroups:
    @pytest.fixture
    def tween(self, sessions):
        """Its first request waits in its commit until the others have come."""
        return tween_of(sessions)

    def run(self, tween, *requests):
        sessions = tween.database
        hold = threading.Event()
        sessions.before_commit = lambda: hold.wait(10)
        found: list[Any] = [None] * (len(requests) + 1)

        def work(number, request):
            try:
                found[number] = tween(request)
            except TransientError as error:
                found[number] = error

        first = threading.Thread(target=work, args=(0, Request("POST", "first")))
        first.start()
        while not tween.lock.locked():
            time.sleep(0.001)
        others = []
        for number, request in enumerate(requests, 1):
            others.append(threading.Thread(target=work, args=(number, request)))
            others[-1].start()
            while len(tween.waiting) < number:
                time.sleep(0.001)
        hold.set()
        for thread in (first, *others):
            thread.join(10)
        return found[1:]

    def test_who_waits_for_a_commit_shares_the_next(self, sessions, tween):
        answers = self.run(tween, *(Request("POST", name) for name in "abc"))
        assert [found.status_int for found in answers] == [200, 200, 200]
        assert sessions.stored[0] == ["first"]
        assert sorted(sessions.stored[1]) == ["a", "b", "c"]
        assert len(sessions.stored) == 2

    def test_one_that_fails_undoes_the_others_and_all_look_again(self, sessions, tween):
        requests = [Request("POST", "a"), Request("POST", "b", status=409), Request("POST", "c")]
        answers = self.run(tween, *requests)
        stored = list(chain(*sessions.stored))
        assert "b" not in stored
        for request, found in zip(requests, answers, strict=True):
            if isinstance(found, TransientError):
                assert is_error_retryable(request, found)
                assert request.environ[ALONE] is True
                assert request.name not in stored
            else:
                assert (found.status_int == 409) or (request.name in stored)

    def test_one_that_never_saw_the_tree_disturbs_nobody(self, sessions, tween):
        answers = self.run(tween, Request("POST", "a"), Request("POST", status=401))
        assert [found.status_int for found in answers] == [200, 401]
        assert sessions.stored == [["first"], ["a"]]

    def test_one_that_is_settled_remains_in_spite_of_its_answer(self, sessions, tween):
        request = Request("POST", "a", status=409)
        request.settled = True
        [found] = self.run(tween, request)
        assert found.status_int == 409
        assert sessions.stored == [["first"], ["a"]]

    def test_after_a_conflict_all_are_carried_out_again_alone(self, sessions, tween):
        requests = [Request("POST", "a"), Request("POST", "b")]
        sessions.failing = []
        held = self.run

        def commit_fails_after_the_first():
            sessions.before_commit = lambda: sessions.failing.append(TransientError("conflict"))

        original = sessions.commit

        def commit():
            original()
            commit_fails_after_the_first()

        sessions.commit = commit
        answers = held(tween, *requests)
        assert all(isinstance(found, TransientError) for found in answers)
        assert all(request.environ[ALONE] for request in requests)
        assert sessions.stored == [["first"]]

    def test_alone_means_alone(self, sessions, tween):
        alone = Request("POST", "a", attempt=1)
        alone.environ[ALONE] = True
        answers = self.run(tween, alone, Request("POST", "b"))
        assert [found.status_int for found in answers] == [200, 200]
        assert sorted(sessions.stored) == [["a"], ["b"], ["first"]]


class TestFailures:
    def test_a_refusal_stores_nothing(self, sessions):
        assert tween_of(sessions)(Request("POST", "a", status=400)).status_int == 400
        assert sessions.stored == []

    def test_a_conflict_is_tried_again(self, sessions):
        sessions.failing = [TransientError("conflict")]
        request = Request("POST", "a")
        with pytest.raises(TransientError) as error:
            tween_of(sessions)(request)
        assert is_error_retryable(request, error.value)

    def test_the_last_conflict_is_told(self, sessions):
        sessions.failing = [TransientError("conflict")]
        assert tween_of(sessions)(Request("POST", "a", attempt=7)).status_int == 503

    def test_a_storage_that_goes_away_is_not_tried_again(self, sessions):
        sessions.failing = [ClientDisconnected("gone")]
        request = Request("POST", "a")
        assert tween_of(sessions)(request).status_int == 503
        assert request.environ["retry.attempts"] == 1
        # The next one finds everything in order.
        assert tween_of(sessions)(Request("POST", "b")).status_int == 200
