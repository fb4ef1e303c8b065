"""`/lists/{list}/held`: looking at held messages, and deciding about them."""

from __future__ import annotations

import email
from datetime import datetime, timedelta
from typing import Any

import pytest
from transaction.interfaces import TransientError

from i18n import mark
from mmcore.interfaces.action import Action
from mmcore.message.message import Message
from mmcore.services.held_decisions import decide
from mmcore.services.moderation import hold_message
from tests.mmcore.message.samples import SAMPLES
from tests.support.malformed import MALFORMED
from tests.support.messages import message
from tests.support.queues import queued

HELD = "/3.1/lists/ant.example.com/held"
EVERY = SAMPLES | MALFORMED
POST = """\
    From: Max <max@example.net>
    To: ant@example.com
    Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
    Message-ID: <x1@example.net>

    Hello
    """


@pytest.fixture
def hold(engine, change, ant):
    """Hold a message for a list without telling anybody; returns its number."""

    def holding(
        text: str | bytes = POST,
        msgdata: dict[str, Any] | None = None,
        reasons: Any = ("The message is not from a list member",),
        list_id: str = "ant.example.com",
    ) -> int:
        msg = message(text) if isinstance(text, str) else Message.parse(text)
        with change() as site:
            mlist = site.lists.get(list_id)
            mlist.admin_immed_notify = mlist.respond_to_post_requests = False
            held = hold_message(engine, mlist, msg, msgdata or {}, list(reasons))
            return held.request_id

    return holding


@pytest.fixture
def bee(api, ant):
    """Another list."""
    api.post("/3.1/lists", {"fqdn_listname": "bee@example.com"}, status=201)
    return "bee.example.com"


@pytest.fixture
def waiting(engine, change):
    """(message, metadata) of what is in a queue."""

    def look(name: str) -> list[tuple[Message, dict]]:
        with change() as site:
            return queued(engine, site, name)

    return look


class TestHeldMessage:
    def test_a_client_sees_all_of_it(self, api, hold):
        hold(msgdata={"listid": "ant.example.com", "lang": "en", "version": 3})
        found = api.get(f"{HELD}/1").json
        held_for = datetime.now() - datetime.fromisoformat(found.pop("hold_date"))
        assert abs(held_for) < timedelta(days=1)
        assert found.pop("http_etag")
        msg = found.pop("msg")
        assert found == {
            "request_id": 1,
            "sender": "max@example.net",
            "subject": "Grüße",
            "original_subject": "=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
            "message_id": "<x1@example.net>",
            "reason": "The message is not from a list member",
            "self_link": "http://localhost:8001/3.1/lists/ant.example.com/held/1",
            "listid": "ant.example.com",
            "lang": "en",
            "version": 3,
        }
        assert msg.startswith("From: Max <max@example.net>\nTo: ant@example.com\nSubject: =?")
        assert "Message-ID-Hash: " in msg
        assert msg.endswith("\n\nHello\n")

    @pytest.mark.parametrize("name", ["ant.example.com", "ant@example.com"])
    @pytest.mark.parametrize("number", ["1", "01", "0000000000000000001"])
    def test_it_has_several_urls(self, api, hold, name, number):
        hold()
        found = api.get(f"/3.0/lists/{name}/held/{number}").json
        assert found["self_link"] == "http://localhost:8001/3.0/lists/ant.example.com/held/1"

    def test_without_a_subject(self, api, hold):
        hold("From: max@example.net\n\nx\n")
        found = api.get(f"{HELD}/1").json
        assert found["subject"] == found["original_subject"] == "(no subject)"

    def test_a_subject_that_cannot_be_decoded_stays_as_it_is(self, api, hold):
        hold("Subject: =?x-unknown?q?abc?=\n\nx\n")
        found = api.get(f"{HELD}/1").json
        assert found["subject"] == found["original_subject"] == "=?x-unknown?q?abc?="

    def test_the_reasons_are_in_the_language_of_the_list(self, api, hold, change):
        reason = (mark("The message has more than {} recipients"), 7)
        hold(reasons=["One", reason])
        assert api.get(f"{HELD}/1").json["reason"] == (
            "One; The message has more than 7 recipients"
        )
        hold(reasons=[])
        assert api.get(f"{HELD}/2").json["reason"] == "n/a"

    def test_metadata_are_shown_as_far_as_they_can_be(self, api, hold):
        hold(
            msgdata={
                "received_time": datetime(2026, 3, 1, 11, 0),
                "rule_hits": ["a"],
                "moderation_reasons": ["plain", ("a {}", 1)],
                "addresses": {"b@example.com", "a@example.com"},
                "endless": float("inf"),
                "action": Action.hold,
                "nested": {1: (2, {"x": b"bytes"})},
                "object": complex(1, 2),
                "nothing": None,
                "to_list": True,
                "_mod_sender": "dropped",
                "_volatile": "dropped",
                "type": "dropped",
                "id": "dropped",
                "key": "dropped",
                # What is the engine's own is never covered.
                "request_id": 99,
                "msg": "wrong",
            }
        )
        found = api.get(f"{HELD}/1").json
        assert found["received_time"] == "2026-03-01T11:00:00"
        assert found["rule_hits"] == ["a"]
        assert found["moderation_reasons"] == ["plain", ["a {}", 1]]
        assert found["addresses"] == ["a@example.com", "b@example.com"]
        assert found["endless"] == "inf"
        assert found["action"] == "hold"
        assert found["nested"] == {"1": [2, {"x": "b'bytes'"}]}
        assert found["object"] == "(1+2j)"
        assert found["nothing"] is None
        assert found["to_list"] is True
        assert found["request_id"] == 1
        assert found["msg"].startswith("From: ")
        assert "dropped" not in str(found)

    def test_a_lost_text_gives_way_to_a_placeholder(self, api, hold, engine, change):
        hold()
        with change() as site:
            engine.content._kept_path(site.held.get(1).content).unlink()
        for found in (api.get(f"{HELD}/1").json, api.get(HELD).json["entries"][0]):
            assert found["subject"] == "Grüße"
            msg = email.message_from_string(found["msg"])
            assert msg["subject"] == "The content of a held message is lost"
            assert msg["message-id"] == "<x1@example.net>"
            assert msg["from"] == "max@example.net"

    @pytest.mark.parametrize("given", ["2", "x", "", "-1", "1.0", "%201", "%D9%A3", "9" * 30, "0"])
    def test_what_does_not_exist(self, api, hold, given):
        hold()
        answer = api.get(f"{HELD}/{given}", status=404)
        assert answer.json == {"title": "404 Not Found", "description": "404 Not Found"}
        assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"
        api.post(f"{HELD}/{given}", {"action": "accept"}, status=404)

    def test_messages_of_other_lists_do_not_exist(self, api, hold, bee):
        hold(list_id=bee)
        api.get(f"/3.1/lists/{bee}/held/1", status=200)
        api.get(f"{HELD}/1", status=404)
        api.post(f"{HELD}/1", {"action": "accept"}, status=404)

    def test_nor_do_other_lists_or_anything_below(self, api, hold):
        hold()
        for path in ("/3.1/lists/bee.example.com/held/1", f"{HELD}/1/x", f"{HELD}/count/x"):
            answer = api.get(path, status=404)
            assert answer.headers["Content-Type"] == "application/json"

    def test_methods(self, api, hold):
        hold()
        for path, allowed in ((HELD, "GET"), (f"{HELD}/count", "GET"), (f"{HELD}/1", "GET, POST")):
            assert api.delete(path, status=405).headers["Allow"] == f"{allowed}, OPTIONS"
            assert api.put(path, status=405).headers["Allow"] == f"{allowed}, OPTIONS"
            assert api.options(path).headers["Allow"] == allowed
        assert api.post(HELD, status=405)


class TestCollection:
    def test_an_empty_one_has_no_entries(self, api, ant):
        found = api.get(HELD).json
        assert (found["start"], found["total_size"]) == (0, 0)
        assert "entries" not in found
        assert api.get(f"{HELD}/count").json["count"] == 0

    def test_messages_by_number(self, api, hold, bee):
        for number in range(5):
            hold(f"Subject: {number}\n\nx\n")
        hold(list_id=bee)
        found = api.get(HELD).json
        assert found["total_size"] == 5
        assert [entry["request_id"] for entry in found["entries"]] == [1, 2, 3, 4, 5]
        assert found["entries"][2] == api.get(f"{HELD}/3").json
        page = api.get(f"{HELD}?count=2&page=2").json
        assert (page["start"], page["total_size"]) == (2, 5)
        assert [entry["request_id"] for entry in page["entries"]] == [3, 4]
        assert "entries" not in api.get(f"{HELD}?count=2&page=4").json
        assert "entries" not in api.get(f"{HELD}?count=0&page=1").json
        api.get(f"{HELD}?count=x&page=1", status=400)
        # Other parameters are not looked at.
        assert api.get(f"{HELD}?nope=1").json["total_size"] == 5

    def test_they_are_counted(self, api, hold, bee):
        hold()
        hold()
        hold(list_id=bee)
        found = api.get(f"{HELD}/count?nope=1").json
        assert found["count"] == 2
        assert set(found) == {"count", "http_etag"}
        api.get("/3.1/lists/nope.example.com/held/count", status=404)

    def test_they_go_with_their_list(self, api, hold, change, bee):
        hold()
        hold(list_id=bee)
        api.delete("/3.1/lists/ant.example.com", status=204)
        with change() as site:
            assert len(site.held) == len(site.pendings) == 1
        api.get(HELD, status=404)


class TestDecision:
    @pytest.mark.parametrize("post", ["post", "post_json"])
    def test_accepted_goes_on(self, api, hold, waiting, post):
        hold(msgdata={"listid": "ant.example.com", "rule_hits": ["x"]})
        answer = getattr(api, post)(f"{HELD}/1", {"action": "accept"}, status=204)
        assert answer.body == b""
        ((msg, msgdata),) = waiting("pipeline")
        assert msg["x-mailman-approved-at"]
        assert msgdata["approved"] is msgdata["moderator_approved"] is True
        assert msgdata["rule_hits"] == ["x"]
        assert api.get(f"{HELD}/count").json["count"] == 0
        api.get(f"{HELD}/1", status=404)
        api.post(f"{HELD}/1", {"action": "accept"}, status=404)
        assert waiting("pipeline") == waiting("virgin") == []

    def test_rejected_goes_back(self, api, hold, waiting):
        hold()
        api.post(f"{HELD}/1", {"action": "reject", "comment": "Please join first"}, status=204)
        ((msg, msgdata),) = waiting("virgin")
        assert msgdata["recipients"] == ["max@example.net"]
        assert "Please join first" in msg.get_payload()
        api.post(f"{HELD}/1", {"action": "reject"}, status=404)
        assert waiting("pipeline") == []

    def test_discarded_is_gone(self, api, hold, waiting):
        hold()
        api.post(f"{HELD}/1", {"action": "discard", "comment": "spam"}, status=204)
        assert waiting("virgin") == waiting("pipeline") == []
        api.get(f"{HELD}/1", status=404)

    @pytest.mark.parametrize("action", ["defer", "hold"])
    def test_deferred_stays(self, api, hold, waiting, action):
        hold()
        api.post(f"{HELD}/1", {"action": action}, status=204)
        api.get(f"{HELD}/1", status=200)
        assert waiting("virgin") == waiting("pipeline") == []

    @pytest.mark.parametrize("action", list(Action.__members__))
    @pytest.mark.parametrize("post", ["post", "post_json"])
    def test_copies_are_sent_whatever_happens(self, api, hold, waiting, action, post):
        hold()
        forward = ["zoe@example.com", "yan@example.com", "zoe@example.com"]
        if post == "post":
            body: Any = [("action", action), *(("forward", address) for address in forward)]
        else:
            body = {"action": action, "forward": forward}
        getattr(api, post)(f"{HELD}/1", body, status=204)
        copies = [m for m, data in waiting("virgin") if "zoe@example.com" in data["recipients"]]
        (copy,) = copies
        assert copy["to"] == "zoe@example.com, yan@example.com"
        assert copy.get_payload()[0]["message-id"] == "<x1@example.net>"

    def test_one_copy(self, api, hold, waiting):
        hold()
        api.post(f"{HELD}/1", {"action": "defer", "forward": "zoe@example.com"}, status=204)
        ((_msg, msgdata),) = waiting("virgin")
        assert msgdata["recipients"] == ["zoe@example.com"]

    @pytest.mark.parametrize(
        ("given", "description"),
        [
            ({}, "Missing Parameter: action"),
            ({"comment": "x"}, "Missing Parameter: action"),
            (
                {"action": "Accept"},
                'Invalid Parameter "action": '
                "Accepted Values are: hold, reject, discard, accept, defer.",
            ),
            ({"action": "accept", "reason": "x"}, "Unexpected parameters: reason"),
            (
                {"action": "accept", "forward": "nobody"},
                'Invalid Parameter "forward": Bad email address format: nobody.',
            ),
            (
                {"action": "accept", "forward": ""},
                'Invalid Parameter "forward": Bad email address format: .',
            ),
        ],
    )
    @pytest.mark.parametrize("number", ["1", "2", "x"])
    @pytest.mark.parametrize("post", ["post", "post_json"])
    def test_parameters_are_looked_at_first(
        self, api, hold, waiting, given, description, number, post
    ):
        hold()
        answer = getattr(api, post)(f"{HELD}/{number}", given, status=400)
        assert answer.json == {"title": "400 Bad Request", "description": description}
        api.get(f"{HELD}/1", status=200)
        assert waiting("virgin") == waiting("pipeline") == []

    @pytest.mark.parametrize(
        ("forward", "description"),
        [
            (["zoe@example.com", "x"], "Expected email address, got 'x'"),
            (["zoe@example.com", None], "Expected email address, got None"),
            (None, "Bad email address format: None"),
            ({"a": 1}, "Bad email address format: {'a': 1}"),
        ],
    )
    def test_every_address_must_be_one(self, api, hold, waiting, forward, description):
        hold()
        answer = api.post_json(f"{HELD}/1", {"action": "defer", "forward": forward}, status=400)
        assert answer.json["description"] == f'Invalid Parameter "forward": {description}.'
        assert waiting("virgin") == []

    @pytest.mark.parametrize("name", EVERY)
    def test_nothing_malformed_is_changed_on_its_way(self, api, hold, waiting, name):
        number = hold(EVERY[name])
        found = api.get(f"{HELD}/{number}").json
        assert found["msg"]
        assert api.get(HELD).json["entries"] == [found]
        api.post(f"{HELD}/{number}", {"action": "accept"}, status=204)
        ((msg, _msgdata),) = waiting("pipeline")
        body = Message.parse(EVERY[name]).body_bytes()
        # Where a header with too many fields ends depends on how many there are.
        assert msg.as_bytes().endswith(body) if name == "many_fields" else msg.body_bytes() == body


class TestTwoModerators:
    def test_only_the_first_decision_counts(self, engine, database, hold, waiting):
        hold()
        hold()

        def deciding(site, action):
            held = site.held.get(1)
            if held is None:
                return "gone"
            decide(engine, site.lists.get("ant.example.com"), held, action)
            return "done"

        first, second = database.session(), database.session()
        first.begin()
        second.begin()
        assert deciding(first.site, Action.accept) == "done"
        assert deciding(second.site, Action.reject) == "done"
        first.commit()
        with pytest.raises(TransientError):
            second.commit()
        second.abort()
        assert deciding(second.begin(), Action.reject) == "gone"
        first.close()
        second.close()
        assert len(waiting("pipeline")) == 1
        assert waiting("virgin") == []
