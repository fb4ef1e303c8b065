"""What the runners that serve HTTP share."""

from __future__ import annotations

import http.client
import logging

import pytest

from runners.public import PublicRunner
from runners.web import WebRunner, bound
from tests.support.ports import free_port


@pytest.fixture
def serving(opened, settings):
    """The public runner, opened."""
    settings.public.hostname, settings.public.port = "127.0.0.1", free_port()
    return opened(PublicRunner)


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


class TestBound:
    def test_a_name_stands_for_each_address_of_this_host(self):
        sockets = bound("localhost", 0)
        try:
            assert {sock.getsockname()[0] for sock in sockets} <= {"127.0.0.1", "::1"}
            assert sockets
        finally:
            for sock in sockets:
                sock.close()

    def test_an_address_of_another_host_cannot_be_had(self):
        with pytest.raises(OSError, match="assign"):
            bound("192.0.2.1", 0)


class TestWebRunner:
    def test_it_serves_until_it_is_closed(self, serving, settings):
        assert serving.iterate() is False
        assert get(settings.public.port, "/")[0] == 404
        serving.close()
        with pytest.raises(OSError, match="refused"):
            get(settings.public.port, "/")

    def test_it_does_not_live_on_without_its_server(self, serving):
        serving.server.trigger.pull_trigger(serving.server.close)
        serving.thread.join(10)
        with pytest.raises(RuntimeError, match="the HTTP server has ended"):
            serving.iterate()

    @pytest.mark.parametrize("method", ["make_app", "address", "server_options"])
    def test_a_runner_has_to_say_what_it_serves(self, settings, method):
        with pytest.raises(TypeError, match="WebRunner has to say"):
            getattr(WebRunner(settings), method)()


class TestPublicRunner:
    def test_who_serves_is_not_told(self, serving, settings):
        assert "Server" not in get(settings.public.port, "/")[1]

    def test_a_header_that_is_too_large_is_not_read(self, serving, settings):
        assert get(settings.public.port, "/" + "x" * 20_000)[0] == 431

    def test_it_says_when_no_mail_leads_to_it(self, opened, settings, caplog):
        caplog.set_level(logging.WARNING)
        settings.public.hostname, settings.public.port = "127.0.0.1", free_port()
        opened(PublicRunner)
        assert "[public] url is empty" in caplog.text
