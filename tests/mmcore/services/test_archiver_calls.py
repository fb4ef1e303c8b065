"""Calling archivers: bounded in time, whatever they raise is a value."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from mmcore.interfaces.archiver import ArchiverUnavailableError
from mmcore.services.archiver_calls import Answer, Caller, caller_of, in_words


def never():
    return False


def slowly(number):
    time.sleep(0.02)
    return number


class TestCaller:
    def test_a_value(self):
        assert Caller("x").call(5, never, "{}-{}".format, 1, 2) == Answer("1-2")

    @pytest.mark.parametrize("error", [ValueError("x"), SystemExit(1), KeyboardInterrupt()])
    def test_what_is_raised_is_a_value_too(self, error):
        def fail():
            raise error

        caller = Caller("x")
        assert caller.call(5, never, fail).error is error
        assert caller.call(5, never, int, "5").value == 5

    def test_a_call_that_hangs_is_given_up_and_blocks_only_its_archiver(self):
        caller, ends = Caller("x"), threading.Event()
        started = time.monotonic()
        answer = caller.call(0.1, never, ends.wait)
        assert isinstance(answer.error, ArchiverUnavailableError)
        assert str(answer.error) == "no answer within 0.1 s"
        again = caller.call(5, never, int)
        assert str(again.error) == "still busy with an earlier call"
        assert time.monotonic() - started < 4
        assert Caller("y").call(5, never, int).value == 0
        ends.set()
        assert caller._running.result() is True
        assert caller.call(5, never, int).value == 0

    def test_who_stands_in_line_waits_for_other_threads(self):
        caller = Caller("x")
        with ThreadPoolExecutor(8) as threads:
            calls = [
                threads.submit(caller.call, 5, never, slowly, number, in_line=True)
                for number in range(8)
            ]
            assert [call.result() for call in calls] == [Answer(number) for number in range(8)]

    def test_but_not_for_ever_and_then_it_is_not_called_any_more(self):
        caller, ends, called = Caller("x"), threading.Event(), threading.Event()
        caller.call(0.1, never, ends.wait)
        answer = caller.call(0.1, never, called.set, in_line=True)
        assert str(answer.error) == "no answer within 0.1 s"
        ends.set()
        assert caller.call(5, never, int, "5", in_line=True).value == 5
        assert not called.is_set()

    def test_whoever_has_to_stop_does_not_wait(self):
        ends = threading.Event()
        started = time.monotonic()
        answer = Caller("x").call(60, lambda: time.monotonic() > started + 0.3, ends.wait)
        assert isinstance(answer.error, ArchiverUnavailableError)
        assert time.monotonic() - started < 30
        ends.set()

    def test_each_archiver_has_one(self, engine):
        first, second = engine.archivers["prototype"], engine.archivers["mbox"]
        assert caller_of(first) is caller_of(first)
        assert caller_of(first) is not caller_of(second)


class TestWords:
    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (ArchiverUnavailableError("it is\naway"), "it is away"),
            (OSError(28, "No space"), "OSError: [Errno 28] No space"),
            (ValueError("gr\xfcn \udcff"), r"ValueError: gr\xfcn \udcff"),
            (ValueError("x" * 1000), "ValueError: " + "x" * 488),
        ],
    )
    def test_one_line_of_ascii(self, error, expected):
        assert in_words(error) == expected
