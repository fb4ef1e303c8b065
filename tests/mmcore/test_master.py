"""A whole engine under its master: real processes, real signals."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode

import psutil
import pytest

from mmcore.config import Settings, load
from mmcore.errors import ConfigurationError
from mmcore.master import wanted_slices
from mmcore.processes.lock import LockState, inspect
from tests.support.ini import write_ini

PATIENCE = 60


def until(condition, what):
    """Wait until `condition()` is true and return its value."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


class Engine:
    """An engine in the foreground."""

    def __init__(self, ini, *arguments):
        self.ini = ini
        self.settings = load(ini)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mmcore.master", "-c", str(ini), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # As a shell does with a command in the foreground.
            process_group=0,
        )

    @property
    def pid(self):
        return self.process.pid

    def children(self):
        """Pids by title."""
        found = {}
        for child in psutil.Process(self.pid).children():
            try:
                found[child.cmdline()[0]] = child.pid
            except (psutil.NoSuchProcess, IndexError):
                continue
        return found

    def rest(self):
        """The answer of system/versions, or None."""
        web = self.settings.webservice
        request = urllib.request.Request(f"http://127.0.0.1:{web.port}/3.1/system/versions")
        secret = b64encode(f"{web.admin_user}:{web.admin_pass}".encode()).decode()
        request.add_header("Authorization", f"Basic {secret}")
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return json.load(response)
        except (urllib.error.URLError, OSError):
            return None

    def first_lines(self):
        return [self.process.stdout.readline() for _ in range(7)]

    def end(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        return self.process.wait(PATIENCE)


@pytest.fixture
def ini(tmp_path_factory):
    return write_ini(tmp_path_factory.mktemp("s"))


@pytest.fixture
def start(ini):
    """Start engines; they are gone after the test."""
    started = []

    def run(*arguments):
        engine = Engine(ini, *arguments)
        started.append(engine)
        return engine

    yield run
    for engine in started:
        with engine.process:
            if engine.process.poll() is None:
                engine.end()


class TestWantedSlices:
    def test_those_that_start_by_default(self, tmp_path):
        settings = Settings.defaults(tmp_path, {"runner.in": {"instances": 2}})
        names = list(map(str, wanted_slices(settings, [])))
        assert names[:4] == ["rest:0:1", "lmtp:0:1", "in:0:2", "in:1:2"]
        assert "bounces:0:1" in names
        assert "nntp:0:1" not in names

    def test_named_ones(self, tmp_path):
        settings = Settings.defaults(tmp_path, {"runner.in": {"instances": 2}})
        assert list(map(str, wanted_slices(settings, ["in", "out:1:4"]))) == [
            "in:0:2",
            "in:1:2",
            "out:1:4",
        ]
        with pytest.raises(ConfigurationError):
            wanted_slices(settings, ["zzz"])


class TestWholeEngine:
    def test_it_says_where_things_are_when_they_answer(self, start):
        engine = start()
        lines = engine.first_lines()
        web, mta = engine.settings.webservice, engine.settings.mta
        assert f"http://127.0.0.1:{web.port}/3.1" in lines[1]
        assert f"127.0.0.1:{mta.lmtp_port}" in lines[2]
        assert str(engine.settings.paths.caught_dir) in lines[3]
        assert lines[6].startswith("  curl -u restadmin:restpass http://")
        assert engine.rest() is not None

    @pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
    def test_it_stops_and_leaves_nothing_behind(self, start, signum):
        engine = start()
        engine.first_lines()
        children = engine.children()
        assert engine.end(signum) == 0
        assert engine.process.stderr.read() == ""
        assert not [pid for pid in children.values() if psutil.pid_exists(pid)]
        assert inspect(engine.settings).state is LockState.none
        assert not engine.settings.paths.pid_file.exists()

    def test_one_ctrl_c_at_the_terminal_is_enough(self, start):
        engine = start()
        engine.first_lines()
        os.killpg(engine.pid, signal.SIGINT)
        assert engine.process.wait(PATIENCE) == 0
        assert engine.process.stderr.read() == ""
        log = (engine.settings.paths.log_dir / "mmcore.log").read_text()
        assert "Traceback" not in log
        assert "starting it again" not in log

    def test_killed_children_come_back(self, start):
        engine = start()
        engine.first_lines()
        before = engine.children()
        assert "mmcore: zeo" in before
        assert "mmcore-runner -r in:0:1" in before
        for pid in before.values():
            os.kill(pid, signal.SIGKILL)
        until(engine.rest, "REST answers again")
        after = until(
            lambda: (now := engine.children()).keys() == before.keys() and now, "all back"
        )
        assert not set(before.values()) & set(after.values())

    def test_a_second_master_is_refused_even_with_force(self, start):
        engine = start()
        engine.first_lines()
        second = start("--force")
        assert second.process.wait(PATIENCE) == 1
        assert f"is running (master pid {engine.pid})" in second.process.stderr.read()

    def test_after_a_kill_force_starts_again(self, start):
        engine = start()
        engine.first_lines()
        engine.process.kill()
        engine.process.wait()
        refused = start()
        assert refused.process.wait(PATIENCE) == 1
        assert "--force" in refused.process.stderr.read()
        again = start("--force")
        again.first_lines()
        assert again.rest() is not None

    def test_restart_keeps_the_pid_and_reads_the_settings_again(self, start, ini):
        engine = start()
        engine.first_lines()
        before = engine.children()
        text = ini.read_text()
        ini.write_text(text.replace("restpass", "other"))
        engine.settings = load(ini)
        engine.process.send_signal(signal.SIGUSR1)
        until(engine.rest, "REST knows the new password")
        assert not set(before.values()) & set(engine.children().values())
        assert inspect(engine.settings).pid == engine.pid

    @pytest.mark.parametrize("mistake", ["[zzz]\n", "[antispam]\njump_chain = nope\n"])
    def test_restart_with_a_mistake_in_the_settings_is_refused(self, start, ini, mistake):
        engine = start()
        engine.first_lines()
        before = engine.children()
        ini.write_text(ini.read_text() + mistake)
        engine.process.send_signal(signal.SIGUSR1)
        log = engine.settings.paths.log_dir / "mmcore.log"
        until(lambda: "not restarting" in log.read_text(), "the refusal is logged")
        assert engine.children() == before

    def test_logs_are_reopened(self, start):
        engine = start()
        engine.first_lines()
        log = engine.settings.paths.log_dir / "mmcore.log"
        log.rename(log.with_suffix(".1"))
        engine.process.send_signal(signal.SIGHUP)
        until(
            lambda: log.exists() and log.read_text().count("has reopened") >= 6,
            "all have reopened",
        )


class TestMistakes:
    def test_bad_setting(self, ini, start):
        ini.write_text("[mta]\nlmtp_port = x\n")
        process = subprocess.run(
            [sys.executable, "-m", "mmcore.master", "-c", str(ini)], capture_output=True, text=True
        )
        assert process.returncode == 1
        assert "[mta] lmtp_port = 'x' is not right: expected a port number" in process.stderr

    def test_a_name_that_nothing_has(self, ini, start):
        ini.write_text(ini.read_text() + "[antispam]\njump_chain = nope\n")
        engine = start()
        assert engine.process.wait(PATIENCE) == 1
        assert "jump_chain: no chain is named 'nope'" in engine.process.stderr.read()
        assert inspect(engine.settings).state is LockState.none

    def test_runner_that_does_not_exist(self, start):
        engine = start("-r", "nobody")
        assert engine.process.wait(PATIENCE) == 1
        assert "nobody" in engine.process.stderr.read()
        assert inspect(engine.settings).state is LockState.none
