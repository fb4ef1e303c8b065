"""Bounce events over REST: all, of a list, of a member, one, and its report."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mmcore.interfaces.bounce import BounceContext
from mmcore.services.bounce_events import Failure, register
from resources.addresses.model import now
from resources.bounces.views import UNASKED
from tests.resources.conftest import BASE

BOUNCES = "/3.1/bounces"
REPORT = (
    b"Subject: Undelivered Mail\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\nTsch\xc3\xbc\xc3\x9f\r\n"
)


@pytest.fixture
def fail(change, engine, ant):
    """Note a failure; returns the name of the event."""

    def failing(
        email: str = "anne@example.com",
        said: tuple[int, str, str] = (550, "5.1.1", "User unknown"),
        list_id: str = ant,
        done: str = "",
        **more: object,
    ) -> str:
        with change() as site:
            event = register(engine, site, list_id, Failure(email, *said), **more)
            if done:
                site.bounce_events.done(event, done)
            return event.__name__

    return failing


def emails(answer):
    return [entry["email"].partition("@")[0] for entry in answer.json.get("entries", ())]


class TestOne:
    def test_all_that_is_known(self, api, fail):
        name = fail(message_id="<post@example.com>", done="scored")
        found = api.get(f"{BOUNCES}/{name}").json
        assert found.pop("http_etag")
        assert len(found.pop("timestamp")) == 26
        assert found == {
            "bounce_id": name,
            "list_id": "ant.example.com",
            "email": "anne@example.com",
            "context": "normal",
            "cause": "mailbox_gone",
            "at_fault": True,
            "processed": True,
            "outcome": "scored",
            "message_id": "<post@example.com>",
            "code": 550,
            "enhanced": "5.1.1",
            "text": "User unknown",
            "source": "smtp",
            "self_link": f"{BASE}/bounces/{name}",
        }

    def test_one_that_nobody_has_noted(self, api, fail):
        api.get(f"{BOUNCES}/{'0' * 32}", status=404)

    def test_one_that_is_deleted_never_counts(self, api, fail, change):
        name = fail()
        api.delete(f"{BOUNCES}/{name}", status=204)
        api.get(f"{BOUNCES}/{name}", status=404)
        with change() as site:
            assert site.bounce_events.unprocessed(9) == []


class TestReport:
    def test_it_is_shown_as_it_came(self, api, fail, engine):
        name = fail(source="report", content=engine.content.put_kept(REPORT))
        link = api.get(f"{BOUNCES}/{name}").json["report"]
        assert link == f"{BASE}/bounces/{name}/report"
        found = api.get(f"{BOUNCES}/{name}/report").json
        assert found["msg"].startswith("Subject: Undelivered Mail\n")
        assert "Tsch=C3=BC=C3=9F" in found["msg"]
        assert found["self_link"] == link

    def test_a_refusal_has_none(self, api, fail):
        name = fail()
        answer = api.get(f"{BOUNCES}/{name}/report", status=404)
        assert answer.json["description"] == "There is no report"

    def test_the_text_of_one_may_be_lost(self, api, fail):
        name = fail(content="k:" + "0" * 64)
        api.get(f"{BOUNCES}/{name}/report", status=404)


class TestAll:
    @pytest.fixture
    def four(self, api, fail):
        """Failures of two lists; the newest is the last."""
        api.post("/3.1/lists", {"fqdn_listname": "bee@example.com"}, status=201)
        fail("anne@example.com", done="scored")
        fail("bart@example.com", (552, "5.2.2", "Mailbox full"), list_id="bee.example.com")
        fail("cris@example.com", (552, "5.2.2", "Mailbox full"))
        fail("anne@example.com", (550, "5.7.1", "DMARC"), list_id="bee.example.com")

    def test_the_newest_come_first(self, api, four):
        answer = api.get(BOUNCES)
        assert emails(answer) == ["anne", "cris", "bart", "anne"]
        assert (answer.json["start"], answer.json["total_size"]) == (0, 4)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("count=3&page=1", ["anne", "cris", "bart"]),
            ("count=3&page=2", ["anne"]),
            ("count=3&page=3", []),
            ("count=0", []),
        ],
    )
    def test_pages(self, api, four, query, found):
        answer = api.get(f"{BOUNCES}?{query}")
        assert emails(answer) == found
        assert answer.json["total_size"] == 4

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("email=anne@example.com", ["anne", "anne"]),
            ("email=ANNE@example.com&list_id=bee.example.com", ["anne"]),
            ("cause=mailbox_full", ["cris", "bart"]),
            ("cause=mailbox_full&list_id=ant.example.com", ["cris"]),
            ("processed=yes", ["anne"]),
            ("processed=no&count=2", ["anne", "cris"]),
            ("email=nobody@example.com", []),
            ("cause=mailbox_full&list_id=Ant@example.com", ["cris"]),
            ("list_id=nope.example.com", []),
            ("since=2100-01-01", []),
            ("since=2000-01-01T00:00:00Z", ["anne", "cris", "bart", "anne"]),
        ],
    )
    def test_what_is_wanted(self, api, four, query, found):
        answer = api.get(f"{BOUNCES}?{query}")
        assert emails(answer) == found

    def test_since_a_moment(self, api, fail):
        fail("bart@example.com")
        moment = (now() - timedelta(hours=1)).isoformat()
        assert emails(api.get(f"{BOUNCES}?since={moment}")) == ["bart"]

    @pytest.mark.parametrize("query", ["cause=nope", "processed=maybe", "since=then", "email=x"])
    def test_what_makes_no_sense(self, api, four, query):
        api.get(f"{BOUNCES}?{query}", status=400)

    def test_not_all_of_very_many(self, api, change):
        with change() as site:
            for number in range(UNASKED + 1):
                site.bounce_events.add("ant.example.com", f"{number}@example.com")
        answer = api.get(BOUNCES)
        assert len(answer.json["entries"]) == UNASKED
        assert answer.json["total_size"] == UNASKED + 1
        assert answer.json["entries"][0]["email"] == f"{UNASKED}@example.com"

    def test_of_a_list(self, api, four):
        assert emails(api.get("/3.1/lists/ant@example.com/bounces")) == ["cris", "anne"]
        assert emails(api.get("/3.1/lists/bee.example.com/bounces?cause=policy")) == ["anne"]
        answer = api.get("/3.1/lists/ant.example.com/bounces?list_id=bee.example.com", status=400)
        assert "Unexpected parameters: list_id" in answer.json["description"]

    def test_of_a_member(self, api, four, subscribe):
        member = subscribe("anne@example.com")
        assert emails(api.get(f"{member}/bounces")) == ["anne"]
        assert api.get(f"{member}/bounces?cause=mailbox_full").json["total_size"] == 0
        assert api.get(f"{subscribe('dora@example.com')}/bounces").json["total_size"] == 0

    def test_a_complaint_is_called_one(self, api, fail):
        fail(context=BounceContext.complaint, source="complaint")
        [entry] = api.get(f"{BOUNCES}?cause=complaint").json["entries"]
        assert (entry["context"], entry["cause"], entry["at_fault"]) == (
            "complaint", "complaint", False,
        )  # fmt: skip
