"""The loop of the master, with real processes that do next to nothing."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager

import pytest

# What each script begins with.  Children tell their pid and what happens to them.
PRELUDE = """
import os, signal, sys, time
from mmcore.processes import supervisor as module
from mmcore.processes.policy import RestartPolicy
from mmcore.processes.supervisor import Child, Supervisor

def say(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def serve(name, status=True):
    def main():
        stopped = []
        for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1):
            signal.signal(signum, lambda number, frame: stopped.append(number))
        signal.signal(signal.SIGHUP, lambda number, frame: say(name, "hup"))
        say(name, "up", os.getpid())
        while not stopped:
            time.sleep(0.01)
        say(name, "down", stopped[0])
        return stopped[0] if status else 0
    return main
"""


class Script:
    """A master in a process of its own."""

    def __init__(self, process):
        self.process = process

    def line(self):
        return self.process.stdout.readline().split()

    def lines(self, count):
        return [self.line() for _ in range(count)]

    def tell(self, signum):
        self.process.send_signal(signum)

    def end(self):
        """(exit status, what was said until then)."""
        said = self.process.stdout.read().splitlines()
        return self.process.wait(20), said


@contextmanager
def running(body):
    """A script that defines `master`, and runs it."""
    code = PRELUDE + textwrap.dedent(body) + "\nsys.exit(master.run())\n"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield Script(process)
        finally:
            process.kill()


TWO = """
master = Supervisor([
    Child("zeo", serve("zeo"), RestartPolicy(9), is_server=True),
    Child("in", serve("in"), RestartPolicy(9)),
])
module.HEAD_START = 0.2
"""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


class TestStop:
    @pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
    def test_runners_end_before_the_storage_server(self, signum):
        with running(TWO) as script:
            assert [words[0] for words in script.lines(2)] == ["zeo", "in"]
            script.tell(signum)
            assert script.end() == (0, [f"in down {signum:d}", "zeo down 15"])

    def test_who_does_not_end_is_killed(self):
        body = """
        def stubborn():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            say("up")
            time.sleep(60)
        module.PATIENCE = 0.3
        master = Supervisor([Child("in", stubborn, RestartPolicy(9))])
        """
        with running(body) as script:
            script.line()
            begun = time.monotonic()
            script.tell(signal.SIGTERM)
            assert script.end()[0] == 0
            assert 0.2 < time.monotonic() - begun < 5

    def test_a_second_signal_changes_nothing(self):
        with running(TWO) as script:
            script.lines(2)
            script.tell(signal.SIGINT)
            script.tell(signal.SIGTERM)
            assert script.end()[0] == 0

    def test_children_follow_a_master_that_was_killed(self):
        with running(TWO) as script:
            pids = [int(words[2]) for words in script.lines(2)]
            script.tell(signal.SIGKILL)
            deadline = time.monotonic() + 10
            while any(map(alive, pids)) and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not any(map(alive, pids))


class TestRestart:
    def test_a_child_that_was_killed_comes_back(self):
        with running(TWO) as script:
            first = script.lines(2)
            os.kill(int(first[1][2]), signal.SIGKILL)
            again = script.line()
            assert again[:2] == ["in", "up"]
            assert again[2] != first[1][2]
            script.tell(signal.SIGTERM)
            script.end()

    @pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
    def test_a_runner_told_to_stop_does_not(self, signum):
        with running(TWO) as script:
            runner = int(script.lines(2)[1][2])
            os.kill(runner, signum)
            # With no runner left there is no reason to go on.
            assert script.end() == (0, [f"in down {signum:d}", "zeo down 15"])

    def test_sigusr1_to_a_runner_is_not_counted(self):
        body = """
        master = Supervisor([Child("in", serve("in"), RestartPolicy(0))])
        """
        with running(body) as script:
            for _ in range(3):
                os.kill(int(script.line()[2]), signal.SIGUSR1)
                assert script.line() == ["in", "down", "10"]
            script.line()
            script.tell(signal.SIGTERM)
            assert script.end()[0] == 0

    def test_who_keeps_failing_is_given_up(self):
        body = """
        def fail():
            say("failing")
            return 1
        master = Supervisor([Child("in", fail, RestartPolicy(2))])
        """
        with running(body) as script:
            assert script.end() == (1, ["failing"] * 3)

    def test_without_restart_everybody_ends_once(self):
        body = """
        def end():
            say("ending")
            return 0
        master = Supervisor([Child("in", end, RestartPolicy(9))], restart=False)
        """
        with running(body) as script:
            assert script.end() == (0, ["ending"])

    def test_an_exception_ends_only_the_child(self):
        body = """
        def fail():
            say("failing")
            raise RuntimeError("on purpose")
        os.close(2)
        os.open(os.devnull, os.O_WRONLY)
        master = Supervisor([Child("in", fail, RestartPolicy(1))])
        """
        with running(body) as script:
            assert script.end() == (1, ["failing"] * 2)

    def test_sys_exit_in_a_child_is_its_exit_status(self):
        body = """
        master = Supervisor([Child("in", lambda: sys.exit(15), RestartPolicy(9))])
        """
        with running(body) as script:
            assert script.end() == (0, [])


class TestSignals:
    def test_sighup_reaches_everybody(self):
        with running(TWO) as script:
            script.lines(2)
            script.tell(signal.SIGHUP)
            assert sorted(script.lines(2)) == [["in", "hup"], ["zeo", "hup"]]
            script.tell(signal.SIGTERM)
            script.end()

    def test_sigusr1_ends_everything_to_start_over(self):
        with running(
            TWO + "\nimport atexit; atexit.register(lambda: say(master.starting_over))"
        ) as s:
            s.lines(2)
            s.tell(signal.SIGUSR1)
            assert s.end() == (0, ["in down 10", "zeo down 15", "True"])

    def test_sigusr1_is_refused_when_a_start_would_fail(self):
        body = """
        master = Supervisor([Child("in", serve("in"), RestartPolicy(9))],
                            may_restart=lambda: say("no"))
        """
        with running(body) as script:
            script.line()
            script.tell(signal.SIGUSR1)
            assert script.line() == ["no"]
            script.tell(signal.SIGTERM)
            assert script.end() == (0, ["in down 15"])

    def test_a_lost_lock_stops_everything(self):
        body = """
        master = Supervisor([Child("in", serve("in"), RestartPolicy(9))], refresh=lambda: False)
        """
        with running(body) as script:
            script.line()
            script.tell(signal.SIGALRM)
            assert script.end() == (0, ["in down 15"])


class TestReadiness:
    def test_reports_reach_the_master(self):
        body = """
        def main():
            master.report_ready("in")
            signal.pause()
        master = Supervisor([Child("in", main, RestartPolicy(9))],
                            ready=lambda name: say("ready", name))
        """
        with running(body) as script:
            assert script.line() == ["ready", "in"]
            script.tell(signal.SIGTERM)
            assert script.end()[0] == 0

    def test_runners_start_when_the_server_is_ready(self):
        body = """
        def server():
            time.sleep(0.3)
            say("serving")
            master.report_ready("zeo")
            signal.pause()
        module.HEAD_START = 60
        master = Supervisor([
            Child("zeo", server, RestartPolicy(9), is_server=True),
            Child("in", serve("in"), RestartPolicy(9)),
        ])
        """
        with running(body) as script:
            assert script.line() == ["serving"]
            assert script.line()[:2] == ["in", "up"]
            script.tell(signal.SIGTERM)
            assert script.end()[0] == 0
