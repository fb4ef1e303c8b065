"""What a single runner process may be, and the lock on its slice."""

import subprocess
import sys

import pytest

from mmcore.config import Settings
from mmcore.errors import ConfigurationError, MMCoreError
from mmcore.processes.child import (
    EXIT_USELESS,
    RunnerSpec,
    SliceBusyError,
    run_runner,
    serving,
)

HOLDER = """
import sys
from mmcore.config import Settings
from mmcore.processes.child import RunnerSpec, serving
with serving(Settings.defaults(sys.argv[1]), RunnerSpec.parse(sys.argv[2])):
    print("locked", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def settings(tmp_path):
    settings = Settings.defaults(tmp_path)
    settings.ensure_dirs()
    return settings


@pytest.fixture
def holder(settings):
    """Start processes that hold slices."""
    started = []

    def hold(spec):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(settings.paths.var_dir), spec],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "locked\n"
        started.append(process)
        return process

    yield hold
    for process in started:
        with process:
            process.kill()


class TestRunnerSpec:
    def test_a_name_alone_is_everything(self):
        assert RunnerSpec.parse("in") == RunnerSpec("in", 0, 1)

    def test_slices(self):
        assert RunnerSpec.parse("out:3:4") == RunnerSpec("out", 3, 4)
        assert str(RunnerSpec("out", 3, 4)) == "out:3:4"

    @pytest.mark.parametrize(
        "text", ["zzz", "in:1", "in:a:b", "in:2:2", "in:0:3", "in:-1:2", "in:0:512", "lmtp:0:2"]
    )
    def test_what_is_none(self, text):
        with pytest.raises(ConfigurationError):
            RunnerSpec.parse(text)


class TestServing:
    def test_a_slice_is_served_once(self, settings, holder):
        holder("in:0:1")
        with (
            pytest.raises(SliceBusyError, match="in:0:1"),
            serving(settings, RunnerSpec("in"), wait=0),
        ):
            pass

    def test_others_do_not_mind(self, settings, holder):
        holder("in:0:2")
        with serving(settings, RunnerSpec("in", 1, 2), wait=0):
            pass
        with serving(settings, RunnerSpec("out"), wait=0):
            pass

    def test_slices_overlap_although_their_number_changed(self, settings, holder):
        holder("in:3:4")
        with (
            pytest.raises(SliceBusyError),
            serving(settings, RunnerSpec("in", 1, 2), wait=0),
        ):
            pass
        with serving(settings, RunnerSpec("in", 0, 2), wait=0):
            pass

    def test_a_dying_predecessor_is_waited_for(self, settings, holder):
        process = holder("in:0:1")
        process.stdin.close()
        with serving(settings, RunnerSpec("in"), wait=10):
            pass


class TestRunRunner:
    def test_a_runner_that_does_not_exist(self, settings):
        with pytest.raises(MMCoreError, match="nobody"):
            run_runner(settings, "nobody")

    def test_the_master_is_told_not_to_try_again(self, settings):
        assert run_runner(settings, "nobody", under_master=True) == EXIT_USELESS
