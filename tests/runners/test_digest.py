"""The digest runner: what is collected becomes mail, all of it and once."""

from __future__ import annotations

import pytest
from ZODB.POSException import POSKeyError

from mmcore.interfaces.member import DeliveryMode
from mmcore.message.message import Message
from mmcore.services.digests import collect, send
from runners.digest import DigestRunner
from runners.virgin import VirginRunner
from tests.support.digests import parts_of, post

LIST_ID = "test.example.com"


@pytest.fixture
def bart(site, mlist):
    member = mlist.subscribe(site.addresses.add("Bart@Example.com"))
    member.preferences.delivery_mode = DeliveryMode.mime_digests
    return member


@pytest.fixture
def collected(engine, session, mlist, bart):
    """Have the list collect so many posts of a size, and commit."""

    def collect_posts(count, size=0):
        mlist = session.site.lists.get(LIST_ID)
        for number in range(count):
            collect(engine, mlist, post(number, size=size))
        session.commit()
        session.begin()

    return collect_posts


class TestDigestRunner:
    def test_an_issue_becomes_a_message_in_virgin(
        self, opened, engine, session, collected, now_in
    ):
        collected(3)
        send(engine, session.site.lists.get(LIST_ID))
        session.commit()
        assert opened(DigestRunner).iterate()
        [msgdata] = now_in("virgin")
        assert msgdata["recipients"] == ["Bart@Example.com"]
        assert msgdata["isdigest"] is True
        assert now_in("digest") == []
        assert session.site.digests.issue_ids() == []

    def test_then_it_goes_out_undecorated_and_with_the_fields_of_a_list(
        self, opened, engine, session, collected, now_in
    ):
        collected(2)
        send(engine, session.site.lists.get(LIST_ID))
        session.commit()
        opened(DigestRunner).iterate()
        opened(VirginRunner).iterate()
        [msgdata] = now_in("out")
        assert (msgdata["isdigest"], msgdata["recipients"]) == (True, ["Bart@Example.com"])
        board = session.site.queues["out"]
        msg, _ = engine.mailroom(session.site).load(board.get(board.names()[0]))
        assert msg["list-post"] == "<mailto:test@example.com>"
        assert msg["precedence"] == "list"
        assert msg["subject"] == "Test Digest, Vol 1, Issue 1"
        assert len(parts_of(msg)[1]) == 2

    def test_a_list_that_has_enough_is_sent_by_itself(self, opened, session, collected, now_in):
        collected(3, size=11_000)
        opened(DigestRunner).iterate()
        assert len(now_in("virgin")) == 1
        assert session.site.lists.get(LIST_ID).next_digest_number == 2

    def test_one_that_has_not_is_not(self, opened, session, collected, now_in):
        collected(2, size=11_000)
        assert not opened(DigestRunner).iterate()
        assert now_in("virgin") == []

    def test_it_looks_once_a_second(self, opened, collected, now_in, monkeypatch):
        runner = opened(DigestRunner)
        runner.iterate()
        collected(3, size=11_000)
        runner.iterate()
        assert now_in("virgin") == []
        runner._look_at = 0
        runner.iterate()
        assert len(now_in("virgin")) == 1

    def test_of_several_instances_one_looks(self, opened, collected, now_in):
        collected(3, size=11_000)
        opened(DigestRunner, 1, 2).iterate()
        assert now_in("digest") == []
        opened(DigestRunner, 0, 2).look()
        assert len(now_in("digest")) == 1

    def test_a_list_that_cannot_be_read_does_not_keep_others_waiting(
        self, opened, session, collected, monkeypatch, caplog
    ):
        collected(3, size=11_000)

        def fail(engine, site, list_id):
            raise POSKeyError(b"12345678")

        monkeypatch.setattr("runners.digest.send_full", fail)
        opened(DigestRunner).look()
        assert f"the digest of {LIST_ID} cannot be sent" in caplog.text

    def test_an_entry_for_no_issue_is_shunted(self, opened, enqueue, now_in):
        enqueue("digest")
        opened(DigestRunner).iterate()
        [msgdata] = now_in("shunt")
        assert "NoSuchIssueError" in msgdata["shunt_error"]

    def test_what_is_unshunted_is_sent(
        self, opened, engine, session, collected, now_in, monkeypatch
    ):
        collected(1)
        send(engine, session.site.lists.get(LIST_ID))
        session.commit()
        runner = opened(DigestRunner)
        with monkeypatch.context() as patch:
            patch.setattr("mmcore.services.digest_sending.mime_digest", None)
            runner.iterate()
        [msgdata] = now_in("shunt")
        site = session.site
        [name] = site.queues["shunt"].names()
        engine.mailroom(site).enqueue("digest", Message(), msgdata)
        site.queues["shunt"].remove(name)
        session.commit()
        runner.iterate()
        assert len(now_in("virgin")) == 1
        assert now_in("shunt") == []

    def test_with_its_list_a_digest_goes(self, opened, engine, session, collected, now_in):
        collected(1)
        site = session.site
        mlist = site.lists.get(LIST_ID)
        send(engine, mlist)
        site.lists.remove(mlist)
        session.commit()
        opened(DigestRunner).iterate()
        assert [now_in(queue) for queue in ("digest", "virgin", "shunt")] == [[], [], []]
