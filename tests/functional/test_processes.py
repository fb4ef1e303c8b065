"""The processes of an engine, and the commands that drive them."""

from __future__ import annotations

import json
import os
import re
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mmcore.config import load
from mmcore.processes.lock import LockState, inspect
from tests.support.engine import ROOT, RunningEngine, gone, until
from tests.support.ports import free_port

LIST = "test@example.com"


def titles(engine: RunningEngine) -> list[str]:
    """The names of all processes, without pids."""
    return sorted(title for _, title in engine.processes())


class TestRunners:
    """One engine with two instances each of `in` and `out`."""

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
        engine = RunningEngine(Path(tmp_path_factory.mktemp("p")))
        for name in ("in", "out"):
            engine.set(f"runner.{name}", instances=2)
        engine.set("runner.virgin", max_restarts=2)
        engine.start()
        until(lambda: len(engine.processes()) == 16)
        yield engine
        engine.stop()

    def replaced(self, engine: RunningEngine, title: str, signum: int) -> int:
        """Signal a runner and wait for the one that comes in its place; returns its pid."""
        old = engine.pid_of(title)
        os.kill(old, signum)
        return until(lambda: (pid := engine.pid_of(title)) not in (None, old) and pid)

    def has_started(self, engine: RunningEngine, pid: int) -> bool:
        return re.search(rf"\({pid}\) .* started", engine.log()) is not None

    def test_each_runner_and_each_slice_has_a_process(self, engine):
        assert titles(engine) == sorted(
            ["mmcore: master", "mmcore: zeo"]
            + [
                f"mmcore-runner -r {name}"
                for name in ("lmtp:0:1", "rest:0:1", "in:0:2", "in:1:2", "pipeline:0:1", "out:0:2",
                             "out:1:2", "virgin:0:1", "retry:0:1", "task:0:1", "archive:0:1",
                             "command:0:1", "digest:0:1", "bounces:0:1")
            ]
        )  # fmt: skip

    def test_slices_share_the_work_and_every_post_arrives_once(self, engine):
        engine.create_list(LIST, ["anne@example.org", "bart@example.org"])
        with engine.lmtp() as session:
            for number in range(40):
                session.sendmail(
                    "anne@example.org", [LIST],
                    f"From: anne@example.org\r\nTo: {LIST}\r\nSubject: n{number}\r\n"
                    f"Message-ID: <n{number}@example.org>\r\n\r\nHello.\r\n",
                )  # fmt: skip
        until(lambda: len(engine.caught()) >= 40)
        until(lambda: not any(engine.queue(name) for name in ("in", "pipeline", "out", "retry")))
        numbers = sorted(int(re.search(rb"\] n(\d+)\r", mail)[1]) for mail in engine.caught())
        assert numbers == list(range(40))
        delivered = re.findall(r"\((\d+)\) mmcore.smtp: <n\d+@", engine.log())
        assert set(delivered) == {str(engine.pid_of(f"out:{number}:2")) for number in (0, 1)}

    def test_a_killed_runner_is_started_again(self, engine):
        self.replaced(engine, "in:1:2", signal.SIGKILL)
        assert "in:1:2 has ended (killed by signal 9): starting it again" in engine.log()

    def test_a_killed_storage_server_is_started_again_and_work_goes_on(self, engine):
        self.replaced(engine, "mmcore: zeo", signal.SIGKILL)
        before = len(engine.caught())
        until(partial(self.is_accepted, engine))
        until(lambda: len(engine.caught()) == before + 1)

    def is_accepted(self, engine: RunningEngine) -> bool:
        """Post; while the storage is away the sender is asked to keep the message."""
        text = f"From: bart@example.org\nTo: {LIST}\nSubject: z\nMessage-ID: <z>\n\nHello.\n"
        try:
            return engine.post("bart@example.org", [LIST], text) == {}
        except smtplib.SMTPRecipientsRefused as error:
            assert error.recipients[LIST][0] == 451
            return False

    @pytest.mark.parametrize(
        ("signum", "name"), [(signal.SIGTERM, "retry"), (signal.SIGINT, "task")]
    )
    def test_a_runner_told_to_stop_stays_away(self, engine, signum, name):
        pid = engine.pid_of(f"-r {name}")
        os.kill(pid, signum)
        until(lambda: f"{name}:0:1 has ended (exit status {int(signum)})" in engine.log())
        time.sleep(0.3)
        assert engine.pid_of(f"-r {name}") is None

    def test_a_runner_told_to_restart_does_so_as_often_as_it_is_told(self, engine):
        # More often than it may end by itself.
        for _ in range(3):
            pid = self.replaced(engine, "-r virgin", signal.SIGUSR1)
            # A signal before it listens to signals would be an ordinary death.
            until(partial(self.has_started, engine, pid))

    def test_a_runner_that_ends_too_often_is_given_up(self, engine):
        for _ in range(2):
            self.replaced(engine, "-r virgin", signal.SIGKILL)
        os.kill(engine.pid_of("-r virgin"), signal.SIGKILL)
        until(lambda: "virgin:0:1 has ended (killed by signal 9) for the 3th time" in engine.log())
        time.sleep(0.3)
        assert engine.pid_of("-r virgin") is None
        # The others are not concerned.
        assert engine.rest("GET", "/system/versions")[0] == 200

    def test_on_sighup_all_write_to_new_files(self, engine):
        log = engine.var / "logs" / "mmcore.log"
        old = log.rename(log.with_suffix(".1"))
        size = old.stat().st_size
        engine.process.send_signal(signal.SIGHUP)
        running = len(engine.processes()) - 2
        until(lambda: log.exists() and log.read_text().count("has reopened") == running)
        assert "mmcore.master: reopening the logs" in old.read_text()[size:] + log.read_text()

    def test_a_second_master_is_refused(self, engine):
        done = subprocess.run(
            [sys.executable, "-m", "mmcore.master", "--force", "-c", engine.config],
            cwd=ROOT, capture_output=True, text=True, timeout=30,
        )  # fmt: skip
        assert done.returncode == 1
        assert f"mmcore is running (master pid {engine.process.pid})" in done.stderr
        assert "Traceback" not in done.stderr

    def test_sigterm_ends_everything(self, engine):
        pids = [pid for pid, _ in engine.processes()]
        settings = load(engine.config)
        # One runner was given up: the master says so with its exit status.
        assert engine.stop() == 1
        assert all(map(gone, pids))
        assert inspect(settings).state is LockState.none
        assert not settings.paths.pid_file.exists()
        assert "Traceback" not in engine.log()
        assert engine.output().count("\n") == 7


class TestKilledMaster:
    def test_it_takes_its_children_along_and_leaves_a_lock_for_force(self, make_engine):
        engine = make_engine().start()
        pids = [pid for pid, _ in engine.processes()]
        engine.process.kill()
        engine.process.wait()
        until(lambda: all(map(gone, pids)))
        assert engine.mmcore("status").returncode == 2
        for command in (("-m", "mmcore.master", "-c"), ("-m", "mmcore.commands.main", "-C")):
            start = ("start",) if "-C" in command else ()
            done = subprocess.run(
                [sys.executable, *command, engine.config, *start],
                cwd=ROOT, capture_output=True, text=True, timeout=30,
            )  # fmt: skip
            assert done.returncode == 1
            assert f"left the lock of its master (pid {pids[0]})" in done.stderr
            assert "--force" in done.stderr
        engine.start("--force")
        assert engine.rest("GET", "/system/versions")[0] == 200
        assert engine.stop() == 0


class TestMakeRun:
    """`make run`: the master over the development.ini that everybody gets."""

    def test_it_prints_where_everything_is_and_what_to_try(self, make_engine):
        engine = make_engine()
        text = (ROOT / "development.ini").read_text(encoding="utf-8")
        text = text.replace(
            "hostname = 127.0.0.1", f"hostname = 127.0.0.1\nport = {engine.rest_port}"
        )
        text = text.replace(
            "outgoing = maildir", f"outgoing = maildir\nlmtp_port = {engine.lmtp_port}"
        )
        text = text.replace("[public]\n", f"[public]\nport = {free_port()}\n")
        engine.config.write_text(text, encoding="utf-8")
        engine.start("--force")
        printed = until(lambda: "Next, try" in engine.output() and engine.output())
        var = engine.directory / "var"
        for line in (
            f"http://127.0.0.1:{engine.rest_port}/3.1",
            f"127.0.0.1:{engine.lmtp_port}",
            f"caught in the maildir {var / 'caught'}",
            f"{var / 'logs'}",
        ):
            assert line in printed
        [command] = [line for line in printed.splitlines() if "curl" in line]
        done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=20)
        assert json.loads(done.stdout)["api_version"] == "3.1"
