"""Wake-ups reach the runner that waits, and nobody else has to care."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest
import transaction

from mmcore.queue.wakeup import Alarm, Waker


@pytest.fixture
def run_dir(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("r")


@pytest.fixture
def alarm(run_dir):
    alarm = Alarm(run_dir / "in.0.sock")
    yield alarm
    alarm.close()


@pytest.fixture
def waker(run_dir):
    waker = Waker(run_dir)
    yield waker
    waker.close()


class TestAlarm:
    def test_a_wakeup_ends_the_wait(self, alarm, waker):
        threading.Timer(0.05, waker.wake, ["in"]).start()
        begun = time.monotonic()
        assert alarm.wait(10)
        assert time.monotonic() - begun < 5

    def test_without_one_the_time_ends_it(self, alarm):
        assert not alarm.wait(0.01)

    def test_a_wakeup_before_the_wait_is_not_forgotten(self, alarm, waker):
        waker.wake("in")
        assert alarm.wait(10)
        assert not alarm.wait(0)

    def test_a_signal_ends_the_wait(self, alarm):
        before = signal.signal(signal.SIGUSR2, lambda *_: None)
        try:
            alarm.watch_signals()
            threading.Timer(0.05, os.kill, [os.getpid(), signal.SIGUSR2]).start()
            assert alarm.wait(10)
        finally:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGUSR2, before)


class TestWaker:
    def test_nobody_listening_is_no_error(self, waker):
        waker.wake("out")

    def test_every_instance_is_woken(self, run_dir, waker):
        alarms = [Alarm(run_dir / f"out.{number}.sock") for number in range(2)]
        waker.instances("out", 2)
        waker.wake("out")
        assert [alarm.wait(1) for alarm in alarms] == [True, True]
        for alarm in alarms:
            alarm.close()

    def test_it_waits_for_the_commit(self, alarm, waker):
        manager = transaction.TransactionManager(explicit=True)
        waker.after_commit(manager.begin(), "in")
        waker.after_commit(manager.get(), "in")
        assert not alarm.wait(0)
        manager.commit()
        assert alarm.wait(1)

    def test_an_aborted_transaction_wakes_nobody(self, alarm, waker):
        manager = transaction.TransactionManager(explicit=True)
        waker.after_commit(manager.begin(), "in")
        manager.abort()
        assert not alarm.wait(0)
