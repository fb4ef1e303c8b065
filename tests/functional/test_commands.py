"""The command `mmcore` over a real engine, as an operator types it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.engine import RunningEngine, gone, until

LIST = "test@example.com"


class TestCommands:
    """A whole life of an engine, as an operator types it."""

    @pytest.fixture
    def engine(self, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEngine]:
        engine = RunningEngine(Path(tmp_path_factory.mktemp("c")))
        yield engine
        engine.mmcore("stop")

    def pid(self, engine: RunningEngine) -> int:
        return json.loads(engine.mmcore("status", "--json").stdout)["pid"]

    def test_start_status_reopen_restart_stop(self, engine):
        for name in ("stop", "restart", "reopen"):
            done = engine.mmcore(name)
            assert (done.returncode, done.stdout) == (0, "")
            assert "mmcore is not running" in done.stderr
        assert engine.mmcore("status").returncode == 0

        done = engine.mmcore("start")
        assert (done.returncode, done.stderr) == (0, "")
        assert f"127.0.0.1:{engine.lmtp_port}" in done.stdout
        engine.wait_up()
        status = engine.mmcore("status")
        pid = self.pid(engine)
        assert (status.returncode, status.stdout) == (1, f"mmcore is running (master pid {pid})\n")
        again = engine.mmcore("start")
        assert (again.returncode, again.stdout) == (1, "")
        assert "is running" in again.stderr

        engine.create_list(LIST, [])
        shown = engine.mmcore("queues")
        assert shown.returncode == 0
        assert re.search(r"^in +0 *$", shown.stdout, re.MULTILINE)
        queues = json.loads(engine.mmcore("queues", "--json").stdout)
        assert {queue["queue"] for queue in queues} > {"in", "out", "shunt", "bad"}

        log = engine.var / "logs" / "mmcore.log"
        log.rename(log.with_suffix(".1"))
        assert (
            engine.mmcore("reopen").stdout == f"Reopening the logs of mmcore (master pid {pid})\n"
        )
        until(lambda: log.exists() and "has reopened" in log.read_text())

        assert engine.mmcore("restart").returncode == 0
        until(lambda: "mmcore.master: mmcore 0" in log.read_text())
        engine.wait_up()
        assert self.pid(engine) == pid
        assert engine.rest("GET", f"/lists/{LIST}")[0] == 200

        done = engine.mmcore("stop")
        assert (done.returncode, done.stdout) == (0, f"Stopping mmcore (master pid {pid})\n")
        until(lambda: gone(pid))
        assert engine.mmcore("status").stdout == "mmcore is not running\n"

    def test_what_needs_no_engine(self, engine):
        assert re.fullmatch(r"mmcore \d+\.\d+\.\d+\n", engine.mmcore("version").stdout)
        assert f"config file: {engine.config}\n" in engine.mmcore("info").stdout
        conf = engine.mmcore("conf", "-s", "mta").stdout
        assert f"[mta] lmtp_port: {engine.lmtp_port}  ({engine.config})\n" in conf
        assert "[mta] smtp_user:   (default)\n" in conf
        unknown = engine.mmcore("statsu")
        assert unknown.returncode == 2
        assert "Did you mean 'status'?" in unknown.stderr
        # The database is served for the time of the command.
        assert engine.mmcore("queues").returncode == 0
        assert not list((engine.var / "run").glob("*.pid"))

    def test_a_mistake_in_the_ini_is_named(self, engine):
        engine.set("mta", smtp_prot=25)
        for name in ("start", "status", "queues", "conf"):
            done = engine.mmcore(name)
            # What cannot be told is not «running».
            assert done.returncode == (4 if name == "status" else 1)
            assert f"{engine.config}: [mta] smtp_prot = '25': there is no such" in done.stderr
            assert "did you mean smtp_port?" in done.stderr
            assert "Traceback" not in done.stderr
