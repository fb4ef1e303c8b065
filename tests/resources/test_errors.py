"""What clients are told when something goes wrong, and what is kept from them."""

from __future__ import annotations

import logging

import pytest
from webtest import AppError
from ZEO.Exceptions import ClientDisconnected
from ZODB.POSException import ConflictError

from mmcore import errors as root_errors
from mmcore.errors import MMCoreError, StorageUnavailableError
from mmcore.interfaces import address, domain, mailing_list, member, queue, subscription, user
from resources.container import Container
from resources.domains.model import Domains
from resources.errors import DOMAIN_ERRORS


@pytest.fixture
def failing(monkeypatch):
    """Have `GET /domains` raise."""

    def fail(error: Exception) -> None:
        def values(self, start=0, count=None):
            raise error

        monkeypatch.setattr(Domains, "values", values)
        monkeypatch.setattr(Container, "__len__", lambda self: 1)

    return fail


class TestMissing:
    @pytest.mark.parametrize(
        "path",
        [
            "domains/nope",
            "domains/",
            "lists/nope",
            "lists/ANT.example.com",
            "members/nope",
            "members/" + "0" * 32,
            "members/find/more",
            "users/nope",
            "users/nope@example.com",
            "users/" + "0" * 32,
            "addresses/nope",
            "queues/nope",
        ],
    )
    def test_an_unknown_object_is_404(self, api, ant, path):
        answer = api.get(f"/3.1/{path}", status=404)
        assert answer.json["title"] == "404 Not Found"
        assert answer.json["description"]

    @pytest.mark.parametrize(
        "path",
        [
            "",
            "Lists",
            "nope",
            "domains/nope/lists",
            "domains/example.com/nope",
            "domains/example.com/owners/x",
            "lists/nope/config",
            "lists/ant.example.com/nope",
            "lists/ant.example.com/",
            "lists/ant.example.com/config/info/more",
            "lists/ant.example.com/roster",
            "lists/ant.example.com/roster/administrator",
            "lists/ant.example.com/roster/Member",
            "lists/ant.example.com/roster/member/more",
            "lists/ant.example.com/member",
            "lists/ant.example.com/member/nope@example.com",
            "lists/styles/x",
            "members/nope/preferences",
            "system/nope",
        ],
    )
    def test_what_lies_on_no_way_is_404(self, api, ant, path):
        answer = api.get(f"/3.1/{path}", status=404)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Vary"] == "Accept"

    @pytest.mark.parametrize(
        "path", ["domains/example.com/lists/x", "queues/in/x/y", "system/chains/x"]
    )
    def test_some_urls_must_not_go_on(self, api, ant, path):
        api.get(f"/3.1/{path}", status=400)

    def test_an_undecodable_url_is_400(self, any_method):
        for path in ("/3.1/lists/%FF", "/3.1/%FF"):
            answer = any_method.get(path, status=400)
            assert answer.json["description"] == "The URL is not UTF-8"
        any_method.get("/%FF", status=404)


class TestFaults:
    def test_a_fault_is_500_without_a_traceback(self, api, failing, caplog):
        failing(RuntimeError("the secret"))
        answer = api.get("/3.1/domains", status=500)
        assert answer.json["title"] == "500 Internal Server Error"
        assert b"secret" not in answer.body
        assert "the secret" in caplog.text

    def test_no_test_overlooks_a_fault(self, api, failing):
        failing(RuntimeError("not expected"))
        for status in ("*", None, 200):
            with pytest.raises((AssertionError, AppError), match="500 Internal Server Error"):
                api.get("/3.1/domains", status=status)
        api.get("/3.1/domains", status="500 Internal Server Error")

    def test_a_lasting_conflict_is_503(self, api, failing, caplog):
        caplog.set_level(logging.WARNING)
        failing(ConflictError("again"))
        answer = api.get("/3.1/domains", status=503)
        assert answer.headers["Retry-After"]
        assert caplog.text.count("ConflictError") == 8

    def test_a_lost_storage_is_503(self, api, failing):
        for error in (StorageUnavailableError("away"), ConnectionResetError("away")):
            failing(error)
            answer = api.get("/3.1/domains", status=503)
            assert answer.headers["Retry-After"]

    def test_a_storage_that_is_away_is_not_waited_for(self, api, database, monkeypatch):
        monkeypatch.setattr(database, "is_connected", lambda: False)
        answer = api.get("/3.1/domains", status=503)
        assert answer.json["description"] == "The database is not available"

    def test_what_may_have_been_committed_is_not_done_again(self, api, monkeypatch):
        calls = []

        def add(self, *args, **kw):
            calls.append(args)
            raise ClientDisconnected("in the middle")

        monkeypatch.setattr(Domains, "add", add)
        answer = api.post("/3.1/domains", {"mail_host": "example.com"}, status=503)
        assert answer.headers["Retry-After"]
        assert len(calls) == 1

    def test_a_conflict_that_passes_is_not_noticed(self, api, change, monkeypatch):
        original = Domains.add
        calls = []

        def add(self, *args, **kw):
            calls.append(args)
            if len(calls) < 3:
                raise ConflictError("again")
            return original(self, *args, **kw)

        monkeypatch.setattr(Domains, "add", add)
        api.post("/3.1/domains", {"mail_host": "example.net", "owner": "x@y.zz"}, status=201)
        assert len(calls) == 3


class TestTransactions:
    def test_a_refused_request_leaves_no_trace(self, api, change):
        api.post("/3.1/domains", {"mail_host": "no host", "owner": "anne@example.com"}, status=400)
        with change() as site:
            assert len(site.domains) == 0
            assert len(site.users) == 0
            assert len(site.addresses) == 0

    def test_a_get_writes_nothing(self, api, subscribe, database):
        path = subscribe("anne@example.com")
        before = database.db.lastTransaction()
        for below in ("", "/preferences", "/all/preferences"):
            api.get(path + below)
        for name in ("lists", "members", "domains", "users", "addresses", "queues"):
            api.get(f"/3.1/{name}")
        api.get("/3.1/lists/ant.example.com/roster/owner")
        api.get("/3.1/members/find?list_id=ant.example.com")
        assert database.db.lastTransaction() == before


def every_error(cls: type) -> list[type]:
    return [cls, *(found for sub in cls.__subclasses__() for found in every_error(sub))]


class TestTable:
    def test_every_error_of_the_interfaces_has_its_line(self):
        modules = (root_errors, address, domain, mailing_list, member, queue, subscription, user)
        own = {
            cls
            for cls in every_error(MMCoreError)
            if cls.__module__ in {module.__name__ for module in modules}
        }
        listed = {cls for cls, _, _ in DOMAIN_ERRORS}
        known = {cls for cls in own if issubclass(cls, tuple(listed - {MMCoreError}))}
        # A base class, one that never reaches a request, and one that is our fault.
        assert {cls.__name__ for cls in own - known - {MMCoreError}} == {
            "EmailError",
            "ConfigurationError",
            "UnreadableEntryError",
        }

    def test_no_line_hides_a_later_one(self):
        for index, (cls, _, _) in enumerate(DOMAIN_ERRORS):
            for later, _, _ in DOMAIN_ERRORS[index + 1 :]:
                assert not issubclass(later, cls), (cls, later)
