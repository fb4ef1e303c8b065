"""Conflicts between processes, and a storage server that is away: with a real server."""

from __future__ import annotations

import threading
import time

import pytest
from webtest import AppError

from mmcore.app import compose, open_site
from mmcore.config import load
from mmcore.storage_server import start_zeo_beside, stop_zeo_beside
from resources.lists import config_views
from resources.wsgi import make_app
from tests.resources.conftest import Client
from tests.support.ini import write_ini

CONFIG = "/3.1/lists/ant.example.com/config"


class Server:
    """A storage server, and REST processes over it (as far as the storage can tell)."""

    def __init__(self, settings):
        self.settings = settings
        self.process = None
        self.opened = []

    def start(self):
        self.process = start_zeo_beside(self.settings)

    def stop(self):
        if self.process is not None:
            process, self.process = self.process, None
            stop_zeo_beside(process)

    def client(self):
        """A client of one more process."""
        database = open_site(self.settings)
        engine = compose(self.settings, f"test{len(self.opened)}")
        self.opened.append((engine, database))
        client = Client(make_app(engine, database, self.settings))
        client.authorization = ("Basic", ("restadmin", "restpass"))
        client.database = database
        return client


@pytest.fixture
def server(tmp_path_factory):
    server = Server(load(write_ini(tmp_path_factory.mktemp("z"))))
    server.settings.ensure_dirs()
    server.start()
    yield server
    for engine, database in server.opened:
        engine.close()
        database.close()
    server.stop()


@pytest.fixture
def client(server):
    client = server.client()
    client.post("/3.1/domains", {"mail_host": "example.com"}, status=201)
    client.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
    return client


class TestConflicts:
    def test_processes_that_change_one_list_all_succeed(self, server, client):
        clients = [client, server.client()]
        failures = []

        def change(number):
            for turn in range(10):
                try:
                    clients[number].patch(CONFIG, {"info": f"{number} {turn}"}, status=204)
                except (AssertionError, AppError) as error:
                    failures.append(error)

        threads = [threading.Thread(target=change, args=(number,)) for number in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert client.get(CONFIG + "/info").json["info"] in ("0 9", "1 9")

    def test_a_change_that_always_comes_second_is_503(self, client, monkeypatch):
        original = config_views.write_settings
        tries = []

        def first(mlist, values):
            tries.append(values)
            session = client.database.session()
            # Another process is quicker, every time.
            session.run(
                lambda site: original(site.lists.get("ant.example.com"), {"info": "theirs"})
            )
            session.close()
            original(mlist, values)

        monkeypatch.setattr(config_views, "write_settings", first)
        answer = client.patch(CONFIG, {"info": "ours"}, status=503)
        assert int(answer.headers["Retry-After"]) > 0
        assert "busy" in answer.json["description"]
        assert len(tries) == 8
        assert client.get(CONFIG + "/info").json["info"] == "theirs"


class TestAway:
    def test_requests_are_answered_at_once_and_served_again_later(self, server, client):
        server.stop()
        begun = time.monotonic()
        for _ in range(3):
            for answer in (
                client.get("/3.1/lists", status=503),
                client.patch(CONFIG, {"info": "lost"}, status=503),
            ):
                assert int(answer.headers["Retry-After"]) > 0
                assert answer.json["title"] == "503 Service Unavailable"
        assert time.monotonic() - begun < 10
        server.start()
        deadline = time.monotonic() + 20
        while not client.database.is_connected():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert client.get(CONFIG + "/info").json["info"] == ""
        client.patch(CONFIG, {"info": "there"}, status=204)
        assert client.get(CONFIG + "/info").json["info"] == "there"
