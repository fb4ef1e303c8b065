"""The REST API over HTTP: what the server passes on, and what it refuses itself."""

from __future__ import annotations

import base64
import http.client
import threading

import pytest
from waitress.server import create_server

from mmcore.settings_types import NETWORKS
from resources.wsgi import make_app
from runners.rest import server_options
from runners.web import bound

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def account(password="restpass"):
    return {
        "Authorization": "Basic " + base64.b64encode(f"restadmin:{password}".encode()).decode()
    }


@pytest.fixture
def serve(engine, database, settings):
    """Serve with the settings as they are then; gives a function that sends a request."""
    servers = []
    settings.webservice.admin_pass = "restpass"

    def serving():
        server = create_server(
            make_app(engine, database, settings),
            sockets=bound("127.0.0.1", 0),
            **server_options(settings),
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        servers.append((server, thread))

        def send(method, path, body=None, headers=None):
            connection = http.client.HTTPConnection("127.0.0.1", server.effective_port, timeout=10)
            try:
                connection.request(method, path, body, {**account(), **(headers or {})})
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()
            finally:
                connection.close()

        return send

    yield serving
    for server, thread in servers:
        server.trigger.pull_trigger(server.close)
        server.task_dispatcher.shutdown(timeout=5)
        thread.join(5)


class TestServer:
    def test_a_name_may_contain_an_encoded_slash(self, serve):
        send = serve()
        send("POST", "/3.1/users", "email=a%2Fb@example.com", FORM)
        assert send("GET", "/3.1/addresses/a%2Fb%40example.com")[0] == 200
        assert send("GET", "/3.1/addresses/a/b@example.com")[0] == 404

    def test_who_serves_is_not_told(self, serve):
        assert "Server" not in serve()("GET", "/3.1/system")[1]

    def test_a_body_larger_than_any_message_is_not_read(self, serve, settings):
        settings.mmcore.max_message_bytes = 1000
        size = {"Content-Length": str(2**20 + 2000)}
        status, _, body = serve()("POST", "/3.1/domains", headers=FORM | size)
        assert status == 413
        assert b"Traceback" not in body

    def test_a_header_that_is_too_large_is_not_read(self, serve):
        status, _, body = serve()("GET", "/3.1/system", headers={"X": "x" * 2**17})
        assert status == 431
        assert b"Traceback" not in body

    def test_a_proxy_that_is_trusted_speaks_for_its_client(self, serve, settings):
        settings.webservice.trusted_proxies = NETWORKS.parse("127.0.0.1")
        send = serve()
        for number in range(10):
            by = {"X-Forwarded-For": "198.51.100.7", **account(f"guess{number}")}
            assert send("GET", "/3.1/system", headers=by)[0] == 401
        status, headers, _ = send(
            "GET", "/3.1/system", headers={"X-Forwarded-For": "198.51.100.7"}
        )
        assert (status, headers["Retry-After"]) == (429, "1")
        by = {"X-Forwarded-For": "198.51.100.8", "X-Request-Id": "from-the-proxy"}
        status, headers, _ = send("GET", "/3.1/system", headers=by)
        assert (status, headers["X-Request-Id"]) == (200, "from-the-proxy")

    def test_any_other_does_not(self, serve):
        send = serve()
        for number in range(10):
            by = {"X-Forwarded-For": f"198.51.100.{number}", **account(f"guess{number}")}
            assert send("GET", "/3.1/system", headers=by)[0] == 401
        by = {"X-Forwarded-For": "198.51.100.99", "X-Request-Id": "mine"}
        status, headers, _ = send("GET", "/3.1/system", headers=by)
        assert status == 429
        assert headers["X-Request-Id"] != "mine"

    def test_those_who_have_to_wait_keep_no_thread(self, serve, settings):
        """All threads answer bad logins, and a good client at another address is served."""
        settings.webservice.trusted_proxies = NETWORKS.parse("127.0.0.1")
        settings.webservice.threads = 2
        send = serve()
        stop = threading.Event()

        def flood():
            number = 0
            while not stop.is_set():
                number += 1
                send(
                    "GET",
                    "/3.1/system",
                    headers={"X-Forwarded-For": "198.51.100.7"} | account("x"),
                )

        threads = [threading.Thread(target=flood) for _ in range(6)]
        for thread in threads:
            thread.start()
        try:
            for _ in range(20):
                by = {"X-Forwarded-For": "198.51.100.8"}
                assert send("GET", "/3.1/system", headers=by)[0] == 200
        finally:
            stop.set()
            for thread in threads:
                thread.join()
