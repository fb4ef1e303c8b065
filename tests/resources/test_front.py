"""Request ids, the access log, and what every response carries."""

from __future__ import annotations

import logging
import re

import pytest
from pyramid.response import Response

from mmcore import logs
from mmcore.proxies import Proxies
from mmcore.settings_types import NETWORKS
from resources.domains.model import Domains
from resources.errors import described
from resources.front import Front
from resources.rest import RestRequest
from resources.wsgi import make_app

ID = re.compile(r"[0-9a-f]{16}")


@pytest.fixture
def lines(caplog):
    """The lines of the access log as they stand in the file."""
    caplog.set_level(logging.DEBUG, "mmcore.rest.access")

    def found() -> list[tuple[str, str]]:
        return [
            (record.levelname, record.getMessage())
            for record in caplog.records
            if record.name == "mmcore.rest.access"
        ]

    return found


class TestRequestId:
    def test_every_answer_has_one_of_its_own(self, api, anonymous):
        answers = [
            api.get("/3.1/system"),
            api.get("/3.1/nope", status=404),
            api.post("/3.1/domains", {"mail_host": "example.com"}, status=201),
            api.options("/3.1/system"),
            anonymous.get("/3.1/system", status=401),
            anonymous.get("/nope", status=404),
        ]
        names = [answer.headers["X-Request-Id"] for answer in answers]
        assert all(ID.fullmatch(name) for name in names)
        assert len(set(names)) == len(names)

    def test_a_fault_can_be_found_in_the_log_by_it(self, api, monkeypatch, caplog):
        def fail(*args):
            raise RuntimeError("the secret")

        monkeypatch.setattr(Domains, "__len__", fail)
        caplog.handler.addFilter(logs.with_request_id)
        answer = api.get("/3.1/domains", status=500)
        record = next(record for record in caplog.records if record.levelname == "ERROR")
        assert record.request == f"[{answer.headers['X-Request-Id']}] "
        assert logs.request_id.get() == ""

    def test_a_clients_own_id_is_not_taken(self, api):
        answer = api.get("/3.1/system", headers={"X-Request-Id": "mine"})
        assert ID.fullmatch(answer.headers["X-Request-Id"])

    @pytest.mark.parametrize(
        ("given", "taken"),
        [("abc-1.2_X", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("", False)],
    )
    def test_a_trusted_proxys_id_is_taken_if_it_is_sane(
        self, api, engine, database, settings, given, taken
    ):
        settings.webservice.trusted_proxies = NETWORKS.parse("127.0.0.1")
        client = type(api)(make_app(engine, database, settings))
        headers = {"X-Request-Id": given}
        answer = client.get(
            "/nope", headers=headers, extra_environ={"REMOTE_ADDR": "127.0.0.1"}, status=404
        )
        assert (answer.headers["X-Request-Id"] == given) is taken


class TestHeaders:
    def test_no_browser_guesses_the_type(self, api, anonymous):
        for answer in (api.get("/3.1/system"), anonymous.get("/nope", status=404)):
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


class TestAccessLog:
    def test_changes_are_told_with_who_and_what(self, api, lines):
        api.post(
            "/3.1/domains?x",
            {"mail_host": "example.com"},
            extra_environ={"REMOTE_ADDR": "192.0.2.7"},
            status=400,
        )
        [(level, line)] = lines()
        assert level == "INFO"
        assert re.fullmatch(r"192\.0\.2\.7 POST /3\.1/domains 400 [0-9.]+ ms", line)

    def test_reading_and_strangers_are_details(self, api, anonymous, lines):
        api.get("/3.1/system")
        anonymous.post("/3.1/domains", status=401)
        assert [level for level, _ in lines()] == ["DEBUG", "DEBUG"]

    def test_a_line_break_in_a_url_begins_no_line(self, any_method, lines):
        any_method.get("/3.1/lists/a%0A2026-01-01 INFO forged%C3%A4", status=404)
        [(_, line)] = lines()
        assert "\n" not in line
        assert "/3.1/lists/a%0A2026-01-01%20INFO%20forged%C3%A4" in line

    def test_neither_password_nor_parameters_are_told(self, api, lines):
        api.get("/3.1/system?password=hush")
        assert "hush" not in str(lines())
        assert "restpass" not in str(lines())

    def test_nothing_is_made_for_a_log_that_nobody_keeps(self, api, caplog):
        caplog.set_level(logging.INFO, "mmcore.rest.access")
        api.get("/3.1/system")
        assert not caplog.records


class TestStreams:
    """A response whose body is made while it is sent."""

    class App:
        registry = None
        closed = False

        def __call__(self, environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return self

        def __iter__(self):
            self.during = logs.request_id.get()
            yield b"x"

        def close(self):
            self.closed = True

    def test_the_request_ends_with_its_last_byte(self, lines):
        app = self.App()
        headers = {}
        environ = RestRequest.blank("/3.1/lists").environ
        body = Front(app, Proxies(()))(
            environ, lambda status, found, exc_info=None: headers.update(found)
        )
        assert lines() == []
        assert list(body) == [b"x"]
        body.close()
        assert app.closed
        assert app.during == headers["X-Request-Id"]
        assert len(lines()) == 1
        assert logs.request_id.get() == ""

    def test_a_body_that_needs_no_closing_is_closed_too(self, lines):
        def app(environ, start_response):
            start_response("200 OK", [])
            return iter([b"x"])

        app.registry = None
        body = Front(app, Proxies(()))(
            RestRequest.blank("/").environ, lambda status, headers, exc_info=None: None
        )
        assert b"".join(body) == b"x"
        body.close()
        assert len(lines()) == 1


def test_an_error_that_is_described_says_no_more_than_that():
    answer = described(409)
    assert isinstance(answer, Response)
    assert answer.json == {"title": "409 Conflict", "description": "409 Conflict"}
