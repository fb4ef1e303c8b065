"""`pserve`: the REST API alone, before, beside and after a master, on the same data."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.engine import ROOT, RunningEngine, until
from tests.support.ports import free_port


class Served:
    """`pserve` over the ini file of an engine."""

    def __init__(self, engine: RunningEngine, listen: int | None = None, what: str = "") -> None:
        """With `listen` on another port than the master's; `what` but the REST API."""
        self.engine = engine
        self.config = engine.directory / "pserve.ini"
        self.port = listen or engine.rest_port
        server = f"listen = 127.0.0.1:{listen}\n" if listen else ""
        self.config.write_text(
            f"[app:main]\nuse = egg:mmcore{what}\n[server:main]\nuse = egg:mmcore{what}\n{server}"
            + engine.config.read_text()
        )
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> Served:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pyramid.scripts.pserve", self.config],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        return self

    def rest(self, method: str, path: str, **form: object) -> tuple[int, Any]:
        """A call of the API that this process serves."""
        port, self.engine.rest_port = self.engine.rest_port, self.port
        try:
            return self.engine.rest(method, path, **form)
        finally:
            self.engine.rest_port = port

    def answers(self) -> bool:
        try:
            return self.rest("GET", "/system/versions")[0] == 200
        except OSError:
            return False

    def end(self) -> tuple[int, str]:
        """Ctrl-C unless it has ended; returns exit status and what it said on standard error."""
        if self.process is None:
            return 0, ""
        process, self.process = self.process, None
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=20)
        return process.returncode, errors

    def failure(self) -> str:
        """What it says when it does not start: the last lines a user sees."""
        self.start()
        assert self.process is not None
        self.process.wait(20)
        status, errors = self.end()
        assert status == 1
        assert "Traceback" not in errors
        return errors


@pytest.fixture
def pserve() -> Iterator[Callable[..., Served]]:
    """Start `pserve`; it is gone after the test."""
    served: list[Served] = []

    def make(engine: RunningEngine, listen: int | None = None, what: str = "") -> Served:
        served.append(Served(engine, listen, what))
        return served[-1]

    yield make
    for each in served:
        each.end()


class TestPserve:
    def create(self, where: Any, name: str) -> None:
        where.rest("POST", "/domains", mail_host="example.com")
        assert where.rest("POST", "/lists", fqdn_listname=f"{name}@example.com")[0] == 201

    def has(self, where: Any, name: str) -> bool:
        return where.rest("GET", f"/lists/{name}@example.com")[0] == 200

    def test_alone_then_with_a_master_then_the_master_alone(self, make_engine, pserve):
        engine = make_engine()
        served = pserve(engine, free_port()).start()
        until(served.answers)
        self.create(served, "first")
        engine.start()
        assert self.has(engine, "first")
        self.create(engine, "second")
        assert self.has(served, "second")
        self.create(served, "third")
        assert self.has(engine, "third")
        # The storage server was pserve's; the master's takes over.
        status, errors = served.end()
        assert "Traceback" not in errors
        assert status == 0
        until(lambda: self.answers_again(engine))
        assert self.has(engine, "first")
        self.create(engine, "fourth")
        assert engine.stop() == 0
        assert "Traceback" not in engine.log()

    def answers_again(self, engine: RunningEngine) -> bool:
        try:
            return engine.rest("GET", "/lists")[0] == 200
        except OSError:
            return False

    def test_beside_a_running_master(self, make_engine, pserve):
        engine = make_engine().start()
        served = pserve(engine, free_port()).start()
        until(served.answers)
        self.create(served, "first")
        assert self.has(engine, "first")
        # LMTP knows it at once.
        with engine.lmtp() as session:
            session.ehlo()
            session.mail("anne@example.org")
            assert session.rcpt("first@example.com")[0] == 250
        served.end()
        assert self.has(engine, "first")
        # On the port of the master it says what is wrong.
        said = pserve(engine).failure()
        assert f"cannot serve on 127.0.0.1:{engine.rest_port}" in said
        assert "in use" in said
        assert "running master" in said

    def test_a_master_waits_for_the_port_that_pserve_holds(self, make_engine, pserve):
        engine = make_engine()
        served = pserve(engine).start()
        until(served.answers)
        engine.start()
        self.create(served, "first")
        until(lambda: "cannot listen on" in engine.output())
        served.end()
        until(lambda: self.answers_again(engine))
        assert self.has(engine, "first")
        until(lambda: "REST API" in engine.output())

    def test_it_says_what_is_wrong_in_the_ini(self, make_engine, pserve):
        engine = make_engine()
        engine.set("webservice", admin_pas="x")
        said = pserve(engine).failure()
        assert "[webservice] admin_pas = 'x': there is no such setting" in said
        assert "did you mean admin_pass?" in said

    def test_without_a_password_it_does_not_start(self, make_engine, pserve):
        engine = make_engine()
        engine.config.write_text(engine.config.read_text().replace("restpass", ""))
        said = pserve(engine).failure()
        assert "[webservice] admin_pass is empty; set a password" in said

    def test_the_public_pages_without_the_api(self, make_engine, pserve):
        engine = make_engine()
        served = pserve(engine, free_port(), "#public").start()

        def page() -> str:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=10)
                connection.request("GET", "/unsubscribe/x")
                answer = connection.getresponse()
                return f"{answer.status} {answer.read().decode()}"
            except OSError:
                return ""
            finally:
                connection.close()

        assert "404 <!DOCTYPE html>" in until(page)
        assert "This link does not work" in page()
        status, errors = served.end()
        assert "Traceback" not in errors
        assert status == 0
