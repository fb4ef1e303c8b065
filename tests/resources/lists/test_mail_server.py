"""The mail server knows of a list when the request that created it is answered."""

from __future__ import annotations

import threading

import pytest

from mmcore.app import compose


@pytest.fixture
def settings(settings):
    settings.mta.incoming = "postfix"
    return settings


@pytest.fixture
def engine(settings, database):
    engine = compose(settings, "test", database)
    yield engine
    engine.close()


@pytest.fixture
def lmtp_map(settings):
    """The text of the map of lists."""
    return lambda: (settings.paths.data_dir / "postfix_lmtp").read_text()


@pytest.fixture
def domain(api):
    return api.post("/3.1/domains", {"mail_host": "example.com"}, status=201)


class TestLists:
    def test_a_new_list_is_in_the_map_and_a_removed_one_is_not(self, api, domain, lmtp_map):
        for name in ("bee", "ant"):
            api.post("/3.1/lists", {"fqdn_listname": f"{name}@example.com"}, status=201)
            assert f"{name}-request@example.com" in lmtp_map()
        api.delete("/3.1/lists/bee.example.com", status=204)
        assert "bee" not in lmtp_map()
        assert "ant@example.com" in lmtp_map()

    def test_so_it_is_when_many_come_at_once(self, api, domain, lmtp_map):
        missing = []

        def create(name):
            api.post("/3.1/lists", {"fqdn_listname": f"{name}@example.com"}, status=201)
            if f"{name}@example.com" not in lmtp_map():
                missing.append(name)

        threads = [threading.Thread(target=create, args=[f"list{n}"]) for n in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert missing == []
        assert len(lmtp_map().split("\n\n")) == 12

    def test_a_refused_request_changes_nothing(self, api, domain, settings):
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.org"}, status=400)
        assert not (settings.paths.data_dir / "postfix_lmtp").exists()

    def test_the_list_is_there_although_the_map_cannot_be_written(
        self, api, domain, engine, settings, lmtp_map, caplog
    ):
        blocked = settings.paths.data_dir / "postfix_lmtp.new"
        blocked.mkdir()
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
        api.get("/3.1/lists/ant.example.com", status=200)
        assert "postfix_lmtp: [Errno 21] Is a directory" in caplog.text
        blocked.rmdir()
        engine.incoming.regenerate()
        assert "ant@example.com" in lmtp_map()


class TestDomains:
    def test_an_alias_is_in_the_map_at_once(self, api, domain, lmtp_map):
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
        change = {"alias_domain": "lists.example.com"}
        api.patch("/3.1/domains/example.com", change, status=204)
        assert "ant@lists.example.com" in lmtp_map()
        assert "ant@example.com" not in lmtp_map()

    def test_a_domain_leaves_the_map_with_its_lists(self, api, domain, lmtp_map):
        api.post("/3.1/lists", {"fqdn_listname": "ant@example.com"}, status=201)
        api.delete("/3.1/domains/example.com", status=204)
        assert lmtp_map() == ""
