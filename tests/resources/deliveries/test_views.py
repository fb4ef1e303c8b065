"""`/deliveries` and `/lists/{list}/deliveries`."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pytest

from mmcore.mta.outcomes import State
from mmcore.services.deliveries import find_address
from tests.resources.conftest import BASE
from tests.support.messages import message
from tests.support.outcomes import LATER, NOBODY, OK, delivered, packed

URL = "/3.1/deliveries"
NAME = "1763712345.5+0aa"
AGAIN = "1763712399.5+faa"
ANNE = "anne@example.com"


@pytest.fixture
def records(change, monkeypatch):
    """Two attempts of <m>, and one of <other>, a day later each."""
    with change() as site:
        for day, (name, message_id, fates) in enumerate(
            [
                (NAME, "<m>", {"anne": LATER, "bart": OK, "cris": NOBODY, "dora": State.IN_DOUBT}),
                (AGAIN, "<m>", {"anne": OK}),
                ("1763712400.5+7aa", "<other>", {"bart": OK}),
            ],
            1,
        ):
            moment = datetime(2026, 3, day, 12)
            monkeypatch.setattr("resources.deliveries.model.now", lambda moment=moment: moment)
            delivered(site, name, message_id, **fates)
        site.deliveries.record("x", "<x>", "gone.example.com", [ANNE], packed(OK))
    monkeypatch.undo()


def names(answer):
    return [entry["name"] for entry in answer.json.get("entries", ())]


def entries(answer):
    return [(entry["message_id"], entry["state"]) for entry in answer.json.get("entries", ())]


class TestRecords:
    def test_the_newest_first(self, api, records):
        answer = api.get(URL)
        assert names(answer)[1:] == ["1763712400.5+7aa", AGAIN, NAME]
        assert answer.json["total_size"] == 4
        assert answer.json["self_link"] == f"{BASE}/deliveries"
        entry = answer.json["entries"][3]
        del entry["http_etag"]
        assert entry == {
            "name": NAME,
            "message_id": "<m>",
            "list_id": "test.example.com",
            "finished_at": "2026-03-01T12:00:00",
            "recipients": 4,
            "transactions": 2,
            "states": {"delivered": 1, "deferred": 1, "failed": 1, "in_doubt": 1},
            "self_link": f"{BASE}/deliveries/{NAME}",
        }

    def test_pages(self, api, records):
        assert names(api.get(f"{URL}?count=1&page=3")) == [AGAIN]
        assert names(api.get(f"{URL}?message_id=m&count=1&page=2")) == [NAME]

    def test_of_a_message(self, api, records):
        for message_id in ("m", "%3Cm%3E"):
            answer = api.get(f"{URL}?message_id={message_id}")
            assert names(answer) == [AGAIN, NAME]
            assert answer.json["total_size"] == 2
        assert names(api.get(f"{URL}?message_id=m&until=2026-03-01T12:00:00")) == [NAME]
        assert names(api.get(f"{URL}?message_id=nope")) == []

    def test_of_a_list(self, api, records, ant):
        assert names(api.get(f"{URL}?list_id=gone.example.com")) == ["x"]
        assert names(api.get(f"{URL}?list_id=test.example.com&count=1")) == ["1763712400.5+7aa"]
        assert len(names(api.get(f"{URL}?list_id=Test@example.com"))) == 3
        assert names(api.get(f"/3.1/lists/{ant}/deliveries")) == []

    def test_below_a_list(self, api, change, ant):
        with change() as site:
            site.deliveries.record("a", "<a>", ant, [ANNE], packed(OK))
            site.deliveries.record("b", "<a>", "other", [ANNE], packed(OK))
        here = f"/3.1/lists/{ant}/deliveries"
        answer = api.get(here)
        assert names(answer) == ["a"]
        assert answer.json["self_link"] == f"{BASE}/lists/{ant}/deliveries"
        assert len(api.get(f"{here}?email={ANNE}").json["entries"]) == 1
        assert len(api.get(f"{here}?email={ANNE}&message_id=a").json["entries"]) == 1
        api.get(f"{here}?list_id={ant}", status=400)

    def test_of_a_time(self, api, records):
        since = "since=2026-03-02T13:00:00%2B01:00"
        assert names(api.get(f"{URL}?{since}&until=2026-03-03")) == [AGAIN]
        assert api.get(f"{URL}?{since}").json["total_size"] == 3

    @pytest.mark.parametrize("value", ["yesterday", "", "2026-13-01", "0001-01-01T00:00%2B14:00"])
    def test_what_is_no_time_is_400(self, api, value):
        answer = api.get(f"{URL}?since={value}", status=400)
        assert answer.json["description"].startswith('Invalid Parameter "since": Expected a time')

    def test_who_does_not_say_how_many_gets_a_thousand(self, api, change):
        with change() as site:
            for number in range(1005):
                site.deliveries.record(f"{number}", "<m>", "a", [], b"")
        answer = api.get(URL)
        assert (len(names(answer)), answer.json["total_size"]) == (1000, 1005)
        assert len(names(api.get(f"{URL}?message_id=m"))) == 1000
        assert len(names(api.get(f"{URL}?count=1005"))) == 1005


class TestRecord:
    def test_what_is_true_now_is_told_beside_what_was(self, api, records):
        answer = api.get(f"{URL}/{NAME}").json
        assert answer["states"] == {"delivered": 1, "deferred": 1, "failed": 1, "in_doubt": 1}
        assert answer["now"] == {"delivered": 2, "failed": 1, "in_doubt": 1}
        assert answer["complete"] is True
        assert answer["attempts"] == [f"{BASE}/deliveries/{name}" for name in (NAME, AGAIN)]

    def test_none_of_that_name_is_404(self, api, records):
        api.get(f"{URL}/nope", status=404)
        api.get(f"{URL}/nope/recipients", status=404)


class TestRecipients:
    def test_each_with_what_is_true_now(self, api, records):
        answer = api.get(f"{URL}/{NAME}/recipients").json
        assert [(entry["email"], entry["state"]) for entry in answer["entries"]] == [
            ("anne@example.com", "delivered"),
            ("bart@example.com", "delivered"),
            ("cris@example.com", "failed"),
            ("dora@example.com", "in_doubt"),
        ]
        assert answer["complete"] is True
        cris = answer["entries"][2]
        del cris["http_etag"]
        assert cris == {
            "message_id": "<m>",
            "list_id": "test.example.com",
            "email": "cris@example.com",
            "state": "failed",
            "code": 550,
            "enhanced": "5.1.1",
            "text": "Nobody",
            "time": "2027-01-15T08:00:00",
            "attempt": 1,
            "transaction": 2,
            "delivery": NAME,
            "delivery_link": f"{BASE}/deliveries/{NAME}",
            "queue": "",
            "waiting_since": None,
            "next_attempt": None,
        }

    def test_by_state_by_address_and_in_pages(self, api, records):
        here = f"{URL}/{NAME}/recipients"

        def emails(query):
            answer = api.get(f"{here}?{query}").json
            return [entry["email"][:4] for entry in answer.get("entries", ())]

        assert emails("state=delivered") == ["anne", "bart"]
        assert emails("state=delivered&count=1&page=2") == ["bart"]
        assert emails("state=waiting") == []
        assert emails("email=CRIS@example.com") == ["cris"]
        assert emails("email=elly@example.com") == []
        assert emails("count=2&page=2") == ["cris", "dora"]
        api.get(f"{here}?state=nope", status=400)
        api.get(f"{here}?email=nope", status=400)

    def test_all_attempts_on_demand(self, api, records):
        [anne] = api.get(f"{URL}/{NAME}/recipients?email={ANNE}&attempts=yes").json["entries"]
        assert [(fate["state"], fate["delivery"]) for fate in anne["attempts"]] == [
            ("deferred", NAME),
            ("delivered", AGAIN),
        ]


class TestAddress:
    def test_each_message_once(self, api, records):
        answer = api.get(f"{URL}?email={ANNE}")
        assert entries(answer) == [("<x>", "delivered"), ("<m>", "delivered")]
        assert answer.json["total_size"] == 2
        assert answer.json["complete"] is True
        assert answer.json["next"] is answer.json["searched_until"] is None

    def test_on_one_list_and_in_a_time(self, api, records):
        query = f"{URL}?email=bart@example.com"
        assert entries(api.get(f"{query}&list_id=gone.example.com")) == []
        assert entries(api.get(f"{query}&until=2026-03-02")) == [("<m>", "delivered")]

    def test_of_one_message(self, api, records):
        answer = api.get(f"{URL}?email={ANNE}&message_id=m&attempts=yes")
        assert entries(answer) == [("<m>", "delivered")]
        assert len(answer.json["entries"][0]["attempts"]) == 2
        assert entries(api.get(f"{URL}?email=elly@example.com&message_id=m")) == [
            ("<m>", "unknown")
        ]
        assert entries(api.get(f"{URL}?email={ANNE}&message_id=nope")) == []

    def test_what_waits_says_where(self, api, engine, change, records):
        with change() as site:
            data = {"recipients": [ANNE], "listid": "test.example.com"}
            msg = message("Message-ID: <new>\n\nHello.\n")
            engine.mailroom(site).enqueue("out", msg, data)
        new = api.get(f"{URL}?email={ANNE}").json["entries"][0]
        assert (new["message_id"], new["state"], new["queue"]) == ("<new>", "waiting", "out")
        assert new["delivery"] == new["delivery_link"] == ""
        assert new["waiting_since"]

    def test_a_search_that_ends_early_says_how_to_go_on(self, api, change):
        with change() as site:
            for number in range(5):
                delivered(site, f"{number}.5+{number:x}", f"<{number}>", anne=OK)
        url = f"{URL}?email={ANNE}&count=2&since=2020-01-01&attempts=yes"
        found = []
        while url:
            answer = api.get(url).json
            assert (answer["searched_until"] is None) == (answer["next"] is None)
            found += [entry["message_id"] for entry in answer["entries"]]
            assert all(entry["attempts"] for entry in answer["entries"])
            url = answer["next"]
        assert found == ["<4>", "<3>", "<2>", "<1>", "<0>"]

    def test_one_that_has_no_time_ends_at_the_first_record(self, api, records, monkeypatch):
        hurried = partial(find_address, seconds=0)
        monkeypatch.setattr("resources.deliveries.views.find_address", hurried)
        answer = api.get(f"{URL}?email=elly@example.com").json
        assert (answer["total_size"], "entries" in answer) == (0, False)
        assert answer["next"].startswith(f"{BASE}/deliveries?email=elly%40example.com&")

    @pytest.mark.parametrize("query", ["after=x", "count=1&page=2", "email=nope"])
    def test_what_makes_no_sense_is_400(self, api, query):
        separator = "" if query.startswith("email") else f"email={ANNE}&"
        api.get(f"{URL}?{separator}{query}", status=400)


class TestVersions:
    def test_links_are_those_of_the_version(self, api, records):
        answer = api.get(f"/3.0/deliveries/{NAME}").json
        assert answer["self_link"] == f"http://localhost:8001/3.0/deliveries/{NAME}"
