"""When a child that has ended is started again."""

import os
import signal

import pytest

from mmcore.processes.policy import FORGIVEN_AFTER, LONGEST_DELAY, Ending, RestartPolicy

CRASH = Ending(1)
LONG = 60.0


def wait_status_of(code):
    """What os.waitpid says about a child that exits with a status."""
    pid = os.fork()
    if pid == 0:
        os._exit(code)
    return os.waitpid(pid, 0)[1]


class TestEnding:
    def test_exit_status(self):
        assert Ending.from_wait(wait_status_of(3)) == Ending(3)
        assert str(Ending(3)) == "exit status 3"

    def test_death_by_signal(self):
        pid = os.fork()
        if pid == 0:
            signal.pause()
        os.kill(pid, signal.SIGKILL)
        ending = Ending.from_wait(os.waitpid(pid, 0)[1])
        assert ending == Ending(9, killed=True)
        assert str(ending) == "killed by signal 9"
        assert not ending.told_to_stop


class TestRestartPolicy:
    @pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
    @pytest.mark.parametrize("killed", [True, False])
    def test_told_to_stop_is_not_restarted(self, signum, killed):
        policy = RestartPolicy(10)
        assert policy.delay_after(Ending(signum, killed), LONG) is None
        assert not policy.exhausted

    def test_sigusr1_is_restarted_and_not_counted(self):
        policy = RestartPolicy(0)
        for _ in range(5):
            assert policy.delay_after(Ending(signal.SIGUSR1), LONG) == 0
        assert policy.ends == 0

    @pytest.mark.parametrize("ending", [Ending(0), Ending(1), Ending(9, killed=True)])
    def test_any_other_end_is_restarted_at_once(self, ending):
        assert RestartPolicy(10).delay_after(ending, LONG) == 0

    def test_restarts_are_limited(self):
        policy = RestartPolicy(3)
        assert [policy.delay_after(CRASH, LONG) for _ in range(4)] == [0, 0, 0, None]
        assert policy.exhausted

    def test_an_hour_of_life_is_a_new_beginning(self):
        policy = RestartPolicy(1)
        for _ in range(5):
            assert policy.delay_after(CRASH, FORGIVEN_AFTER) == 0
        assert policy.delay_after(CRASH, LONG) is None

    def test_failing_to_start_is_slowed_down(self):
        policy = RestartPolicy(100)
        delays = [policy.delay_after(CRASH, 0.2) for _ in range(8)]
        assert delays[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
        assert delays[-1] == LONGEST_DELAY
        assert policy.delay_after(CRASH, LONG) == 0
        assert policy.delay_after(CRASH, 0.2) == pytest.approx(0.1)
