"""`/queues` (rest-api section 21)."""

from __future__ import annotations

from mmcore.interfaces.queue import QUEUE_NAMES
from tests.resources.conftest import BASE

QUEUES = "/3.1/queues"
TEXT = "From: anne@example.com\nTo: ant@example.com\nSubject: Hi\n\nHello äöü\n"


class TestLooking:
    def test_all_queues_by_name(self, api):
        answer = api.get(QUEUES).json
        assert [entry["name"] for entry in answer["entries"]] == sorted(QUEUE_NAMES)
        assert answer["self_link"] == f"{BASE}/queues"
        assert answer["total_size"] == 12

    def test_an_empty_queue(self, api, settings):
        answer = api.get(f"{QUEUES}/in").json
        del answer["http_etag"]
        assert answer == {
            "name": "in",
            "directory": str(settings.paths.content_dir),
            "count": 0,
            "files": [],
            "self_link": f"{BASE}/queues/in",
        }

    def test_an_unknown_queue_is_404(self, api):
        for method in (api.get, api.post, api.delete):
            method(f"{QUEUES}/nope", status=404)
        answer = api.delete(f"{QUEUES}/nope/1+a", status=404)
        assert answer.json["description"] == "404 Not Found" or "nope" in answer.text


class TestPosting:
    def post(self, api, ant, text=TEXT, queue="in"):
        answer = api.post(f"{QUEUES}/{queue}", {"list_id": ant, "text": text}, status=201)
        return answer.headers["Location"].removeprefix("http://localhost:8001")

    def test_a_message_is_put_in(self, api, ant, change, engine):
        path = self.post(api, ant)
        answer = api.get(f"{QUEUES}/in").json
        assert answer["count"] == 1
        assert path == f"{QUEUES}/in/{answer['files'][0]}"
        with change() as site:
            entry = site.queues["in"].get(answer["files"][0])
            msg, msgdata = engine.mailroom(site).load(entry)
        assert msg["Subject"] == "Hi"
        assert msg["Message-ID"].endswith("@example.com>")
        assert msg["Message-ID-Hash"]
        assert msg["Date"]
        assert msg.get_payload(decode=True) == "Hello äöü\n".encode()
        assert msgdata["listid"] == "ant.example.com"
        assert msgdata["original_size"] == len(TEXT.encode())

    def test_what_the_message_has_stays(self, api, ant, change, engine):
        self.post(api, ant, "Message-ID: <x@y>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\n\n")
        with change() as site:
            switchboard = site.queues["in"]
            msg, _ = engine.mailroom(site).load(switchboard.get(switchboard.names()[0]))
        assert msg.get_all("Message-ID") == ["<x@y>"]
        assert msg.get_all("Date") == ["Thu, 1 Jan 2026 00:00:00 +0000"]

    def test_names_come_oldest_first(self, api, ant):
        paths = [self.post(api, ant, f"Subject: {n}\n\n") for n in range(5)]
        files = api.get(f"{QUEUES}/in").json["files"]
        assert [f"{QUEUES}/in/{name}" for name in files] == paths

    def test_an_empty_text_is_a_message(self, api, ant):
        self.post(api, ant, "", "bad")
        assert api.get(f"{QUEUES}/bad").json["count"] == 1

    def test_the_list_must_exist(self, api, ant):
        for list_id in ("nope.example.com", "ant@example.com"):
            given = {"list_id": list_id, "text": TEXT}
            answer = api.post(f"{QUEUES}/in", given, status=400)
            assert answer.json["description"] == f"No such list: {list_id}"

    def test_both_parameters_are_needed(self, api):
        answer = api.post(f"{QUEUES}/in", status=400)
        assert answer.json["description"] == "Missing Parameter: list_id, text"

    def test_an_entry_can_be_deleted_once(self, api, ant):
        path = self.post(api, ant)
        api.get(path, status=405)
        api.delete(path, status=204)
        assert api.get(f"{QUEUES}/in").json["count"] == 0
        answer = api.delete(path, status=404)
        assert answer.json["description"] == f"No such queue file: {path.rpartition('/')[2]}"

    def test_strange_names_are_unknown_entries(self, api):
        for name in ("x", "1+z", "+", "1795211531.3+00"):
            api.delete(f"{QUEUES}/in/{name}", status=404)
