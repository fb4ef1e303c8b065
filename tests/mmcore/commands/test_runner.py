"""`mmcore-runner`, with the real runners."""

import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from mmcore.commands.runner import command
from mmcore.config import load


@pytest.fixture
def runner(ini):
    """Call it in this process; only for what does not run."""

    def call(*arguments):
        return CliRunner().invoke(command, ["-c", str(ini), *arguments])

    return call


class TestRunnerCommand:
    def test_list_names_runners_and_classes(self, runner):
        assert "in runs IncomingRunner\n" in runner("--list").output

    def test_no_runner_is_a_usage_error(self, runner):
        assert runner().exit_code == 2

    @pytest.mark.parametrize("name", ["zzz", "in:0:3"])
    def test_what_is_no_runner(self, runner, name):
        result = runner("-r", name)
        assert result.exit_code == 1
        assert name.partition(":")[0] in result.stderr

    @pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
    def test_exit_status_is_the_number_of_the_signal(self, ini, signum):
        # Each process needs the storage server that the master would start.
        server = subprocess.Popen(
            [sys.executable, "-m", "mmcore.commands.zeo", "-c", str(ini)], stdin=subprocess.PIPE
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "mmcore.commands.runner", "-c", str(ini), "-r", "retry"]
        )
        with server, process:
            log = load(ini).paths.log_dir / "mmcore.log"
            deadline = time.monotonic() + 20
            while not (log.exists() and "retry-0 started" in log.read_text()):
                assert time.monotonic() < deadline, "the runner did not start"
                time.sleep(0.02)
            process.send_signal(signum)
            assert process.wait(20) == signum
            server.stdin.close()
            assert server.wait(20) == 0
