"""`/lists/{list}/explain`: what would become of a message, and that nothing does."""

from __future__ import annotations

import base64

import pytest

from mmcore.chains.judging import judge
from resources.writing import GroupWriter
from tests.support.malformed import MALFORMED
from tests.support.queues import queued

EXPLAIN = "/3.1/lists/ant.example.com/explain"
RFC822 = "message/rfc822"
POST = b"""\
From: Anne <anne@example.com>
To: ant@example.com
Subject: Hello
Message-ID: <ant>

Hello, all.
"""
STRANGER = POST.replace(b"anne@", b"eve@")


@pytest.fixture
def members(subscribe):
    subscribe("anne@example.com")
    subscribe("bart@example.com")


@pytest.fixture
def ask(api, members):
    """Ask about a message that is the whole body; returns the answer's JSON."""

    def asking(content: bytes = POST, status: int = 200, **query: str):
        url = EXPLAIN + "?" + "&".join(f"{name}={value}" for name, value in query.items())
        return api.post(url, content, content_type=RFC822, status=status).json

    return asking


class TestExplanation:
    def test_what_becomes_of_a_post(self, ask):
        told = ask()
        assert (told["decision"], told["sender"]) == ("accept", "anne@example.com")
        assert told["chains"][0] == "default-posting-chain"
        assert {"rule", "chain", "outcome", "reasons", "error"} == set(told["rules"][0])
        assert told["recipients"] == {
            "count": 2,
            "sample": ["anne@example.com", "bart@example.com"],
        }
        assert told["member"] is None
        assert told["http_etag"]

    def test_each_handlers_difference(self, ask):
        [step] = [step for step in ask()["handlers"] if step["handler"] == "subject-prefix"]
        assert step["outcome"] == "changed"
        assert "-Subject: Hello\n" in step["header"]
        assert "+Subject: [Ant] Hello" in step["header"]

    def test_the_final_bytes_as_text(self, ask):
        copy = ask()["copy"]
        assert copy["encoding"] == "utf-8"
        assert copy["sender"] == "ant-bounces@example.com"
        assert len(copy["content"].encode()) == copy["size"]
        assert "Subject: [Ant] Hello\r\n" in copy["content"]

    def test_or_in_base_64_if_they_are_no_text(self, ask):
        copy = ask(POST + b"\xff\xfe\n")["copy"]
        assert copy["encoding"] == "base64"
        content = base64.b64decode(copy["content"])
        assert b"\xff\xfe\n" in content
        assert len(content) == copy["size"]

    def test_a_held_post_and_the_notices_about_it(self, ask):
        told = ask(STRANGER)
        assert told["decision"] == "hold"
        assert told["reasons"] == ["The message is not from a list member"]
        assert told["copy"] is None
        assert [notice["to"] for notice in told["notices"]] == [
            ["eve@example.com"],
            ["ant-owner@example.com"],
        ]

    def test_parameters_of_a_message_that_is_the_body(self, ask):
        told = ask(STRANGER, as_if_accepted="yes", member="bart@example.com", sender="x@y.example")
        assert told["as_if_accepted"]
        assert told["member"] == {"email": "bart@example.com", "receives": True, "why": None}
        assert "X-MailFrom: x@y.example" in told["copy"]["content"]
        assert "X-MailFrom: <>" in ask(sender="<>")["copy"]["content"]

    def test_the_language_of_the_reasons(self, ask):
        assert ask(STRANGER, language="de")["reasons"] != ask(STRANGER)["reasons"]

    def test_mail_to_the_owners(self, ask):
        assert ask(STRANGER, to_owner="yes")["chains"] == ["default-owner-chain"]

    def test_no_message_is_too_strange(self, ask):
        for name, content in MALFORMED.items():
            if content:
                assert ask(content)["error"] is None, name


class TestMessage:
    def test_as_the_body(self, api, members):
        for kind in (RFC822, "text/plain; charset=utf-8", "application/octet-stream"):
            assert api.post(EXPLAIN, POST, content_type=kind).json["decision"] == "accept"

    def test_as_a_parameter_of_a_form(self, api, members):
        told = api.post(EXPLAIN, {"message": POST.decode(), "member": "bart@example.com"}).json
        assert told["member"]["receives"]

    def test_as_a_parameter_in_json(self, api, members):
        message = POST.decode().replace("Hello, all", "Grüße")
        told = api.post_json(EXPLAIN, {"message": message, "as_if_accepted": True}).json
        assert "\nGrüße.\n" in told["copy"]["content"]

    def test_both_versions_answer_alike(self, api, members):
        old = api.post(EXPLAIN.replace("3.1", "3.0"), POST, content_type=RFC822).json
        assert old == api.post(EXPLAIN, POST, content_type=RFC822).json

    def test_one_that_is_held_already(self, api, engine, members, change):
        answer = {"list_id": "ant.example.com", "text": STRANGER.decode()}
        api.post("/3.1/queues/in", answer, status=201)
        with change() as site:
            [(msg, msgdata)] = queued(engine, site, "in")
            judge(engine, site.lists.get("ant.example.com"), msg, msgdata)
            [number] = site.held.numbers_of("ant.example.com")
            queued(engine, site, "virgin")
        told = api.post(EXPLAIN, {"held": str(number)}).json
        assert (told["decision"], told["as_if_accepted"]) == ("hold", True)
        assert told["recipients"]["count"] == 2
        with change() as site:
            assert site.held.numbers_of("ant.example.com") == [number]


class TestRefusals:
    def test_no_message(self, api, ant):
        expected = "Missing Parameter: message"
        for answer in (
            api.post(EXPLAIN, status=400),
            api.post(EXPLAIN, b"", content_type=RFC822, status=400),
            api.post_json(EXPLAIN, {}, status=400),
        ):
            assert answer.json["description"] == expected

    def test_something_else_than_a_message(self, api, ant):
        answer = api.post(EXPLAIN, b"x", content_type="image/png", status=415)
        assert "not as image/png" in answer.json["description"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("member", "nobody"),
            ("sender", "nobody"),
            ("language", "xx"),
            ("as_if_accepted", "perhaps"),
            ("held", "-1"),
            ("held", "7"),
            ("held", "9" * 40),
        ],
    )
    def test_bad_parameters(self, api, ant, name, value):
        given = {name: value} if name == "held" else {name: value, "message": POST.decode()}
        answer = api.post(EXPLAIN, given, status=400)
        assert f'Invalid Parameter "{name}"' in answer.json["description"]

    def test_two_messages(self, api, ant):
        text = POST.decode()
        answer = api.post(EXPLAIN, {"message": text, "held": "1"}, status=400)
        assert "There is a message as well" in answer.json["description"]
        answer = api.post(f"{EXPLAIN}?message=x", POST, content_type=RFC822, status=400)
        assert "The body is a message as well" in answer.json["description"]

    def test_an_unknown_parameter(self, api, ant):
        answer = api.post(f"{EXPLAIN}?colour=red", POST, content_type=RFC822, status=400)
        assert answer.json["description"] == "Unexpected parameters: colour"

    def test_a_list_that_does_not_exist(self, api, ant):
        api.post("/3.1/lists/bee.example.com/explain", POST, content_type=RFC822, status=404)

    def test_a_body_that_is_too_large(self, api, ant, app, monkeypatch):
        monkeypatch.setattr(app.registry, "rest_max_message", 50)
        answer = api.post(EXPLAIN, POST, content_type=RFC822, status=413)
        assert answer.json["description"] == "The body has more than 50 bytes"


class TestNothingHappens:
    def test_neither_in_the_tree_nor_on_the_disk(self, ask, database, settings):
        def traces():
            files = {path: path.stat().st_size for path in settings.paths.var_dir.rglob("*")}
            return database.db.storage.lastTransaction(), files

        ask()
        before = traces()
        ask()
        ask(STRANGER)
        ask(STRANGER, as_if_accepted="yes")
        assert traces() == before

    def test_who_writes_meanwhile_is_not_waited_for(self, ask):
        tweens = []
        original = GroupWriter.__call__

        def call(self, request):
            tweens.append(self)
            with self.lock:
                return original(self, request)

        # A thread that waited for its own lock would wait for ever.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(GroupWriter, "__call__", call)
            assert ask()["decision"] == "accept"
        assert tweens
