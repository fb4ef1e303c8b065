"""The mailroom: what goes into a queue comes out of it."""

from __future__ import annotations

import pytest

from mmcore.interfaces.queue import NoSuchQueueError, UnreadableEntryError
from tests.support.messages import message
from tests.support.queues import queued

POST = """\
    From: anne@example.com
    To: test@example.com
    Subject: A post
    Message-ID: <first>

    Hello.
    """


@pytest.fixture
def mailroom(engine, site):
    return engine.mailroom(site)


class TestEnqueue:
    def test_message_and_metadata_come_back(self, mailroom, engine, site):
        mailroom.enqueue("in", message(POST), {"listid": "test.example.com"}, to_list=True)
        [(msg, msgdata)] = queued(engine, site, "in")
        assert msg.as_bytes() == message(POST).as_bytes()
        assert msgdata["listid"] == "test.example.com"
        assert msgdata["to_list"] is True
        assert (msgdata["version"], msgdata["_parsemsg"]) == (3, False)

    def test_keywords_win_and_volatile_keys_are_dropped(self, mailroom, engine, site):
        mailroom.enqueue("in", message(POST), {"lang": "en", "_fasttrack": True}, lang="de")
        [(_, msgdata)] = queued(engine, site, "in")
        assert msgdata["lang"] == "de"
        assert "_fasttrack" not in msgdata

    def test_an_unknown_queue_is_an_error(self, mailroom):
        with pytest.raises(NoSuchQueueError):
            mailroom.enqueue("nowhere", message(POST))

    def test_the_body_is_stored_once_however_often_the_header_changes(
        self, mailroom, engine, site
    ):
        mailroom.enqueue("in", message(POST))
        [(msg, msgdata)] = queued(engine, site, "in")
        msg["X-New"] = "field"
        mailroom.enqueue("pipeline", msg, msgdata)
        assert len(list(engine.content.references())) == 1
        [(again, _)] = queued(engine, site, "pipeline")
        assert again.content_ref == msg.content_ref
        assert again["x-new"] == "field"
        assert again.as_bytes().endswith(b"\r\n\r\nHello.\r\n")

    def test_a_changed_header_survives_a_hop_that_changes_nothing(self, mailroom, engine, site):
        mailroom.enqueue("in", message(POST))
        [(msg, msgdata)] = queued(engine, site, "in")
        msg["X-New"] = "field"
        mailroom.enqueue("out", msg, msgdata)
        # As `unshunt` does it.
        [(msg, msgdata)] = queued(engine, site, "out")
        mailroom.enqueue("shunt", msg, msgdata)
        [(again, _)] = queued(engine, site, "shunt")
        assert again["x-new"] == "field"
        assert again.as_bytes() == msg.as_bytes()
        assert b"X-New: field" in engine.content.get(mailroom.keep(again))

    def test_a_changed_body_is_stored_anew(self, mailroom, engine, site):
        mailroom.enqueue("in", message(POST))
        [(msg, msgdata)] = queued(engine, site, "in")
        msg.set_payload("Something else.\r\n")
        mailroom.enqueue("pipeline", msg, msgdata)
        [(again, _)] = queued(engine, site, "pipeline")
        assert again.content_ref != msg.content_ref
        assert again.as_bytes().endswith(b"Something else.\r\n")

    def test_copies_put_in_at_the_same_instant_have_names_of_their_own(self, mailroom, site):
        msg = message(POST)
        names = {mailroom.enqueue("in", msg) for _ in range(20)}
        assert len(names) == 20 == len(site.queues["in"])

    def test_the_name_is_time_and_hash(self, mailroom):
        stamp, _, digest = mailroom.enqueue("in", message(POST)).partition("+")
        assert float(stamp) > 0
        assert len(bytes.fromhex(digest)) == 20

    def test_content_is_durable_before_the_commit(self, mailroom, engine, session):
        mailroom.enqueue("in", message(POST))
        assert engine.content._segment.dirty
        session.commit()
        assert not engine.content._segment.dirty


class TestLoad:
    def test_content_that_is_gone_is_unreadable(self, mailroom, engine, site):
        name = mailroom.enqueue("in", message(POST))
        for path in engine.content.segments():
            path.unlink()
        engine.content.close()
        with pytest.raises(UnreadableEntryError):
            mailroom.load(site.queues["in"].get(name))
