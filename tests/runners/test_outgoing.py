"""The outgoing runner: what it remembers, gives up, and puts off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from mmcore.mta.journal import Journal, Reply
from runners.outgoing import OutgoingRunner
from tests.support.smtpd import ScriptedServer

MEMBERS = [f"m{number}@example.org" for number in range(5)]


@pytest.fixture(autouse=True)
def server(settings) -> Iterator[ScriptedServer]:
    """The smarthost."""
    with ScriptedServer() as server:
        settings.mta.smtp_host = "127.0.0.1"
        settings.mta.smtp_port = server.port
        settings.mta.smtp_timeout = timedelta(seconds=5)
        settings.mta.max_recipients = 2
        yield server


@pytest.fixture
def put(enqueue):
    """Put a post for all members into `out`; returns the entry's name."""
    return lambda **msgdata: enqueue("out", recipients=MEMBERS, **msgdata)


@pytest.fixture
def left(settings):
    """Leave a journal behind, as a runner does that is killed."""

    def leave(name: str, done: list[int], doubtful: list[int]) -> None:
        journal = Journal(settings.paths.ledger_dir / "out-0.journal")
        run = journal.begin(name)
        journal.started(run, 1, done)
        journal.finished(run, 1, [Reply(250, "2.0.0", "Ok")] * len(done))
        journal.started(run, 2, doubtful)
        journal.close()

    return leave


def empty(runner: OutgoingRunner) -> None:
    """Let it work until there is nothing to do."""
    while runner.iterate():
        continue


class TestRecall:
    def test_who_is_in_doubt_is_named_and_sent_it_again(
        self, opened, put, left, server, now_in, caplog
    ):
        left(put(), done=[0, 1], doubtful=[2])
        runner = opened(OutgoingRunner)
        assert "in doubt: <first> for m2@example.org" in caplog.text
        empty(runner)
        assert sorted(server.accepted) == MEMBERS[2:]
        assert now_in("out") == []

    def test_what_the_site_holds_goes_to_the_shunt(
        self, opened, put, left, server, settings, now_in
    ):
        settings.mta.in_doubt = "hold"
        left(put(), done=[0, 1], doubtful=[2])
        empty(opened(OutgoingRunner))
        assert sorted(server.accepted) == MEMBERS[3:]
        [msgdata] = now_in("shunt")
        assert (msgdata["recipients"], msgdata["whichq"]) == (["m2@example.org"], "out")

    def test_marks_of_entries_that_are_gone_are_forgotten(self, opened, left):
        left("1.0+abc", done=[0], doubtful=[1])
        runner = opened(OutgoingRunner)
        assert runner.journal.recall("1.0+abc") is None

    def test_an_entry_in_doubt_without_its_content_keeps_nobody_from_starting(
        self, opened, put, left, server, session, now_in
    ):
        name = put()
        left(name, done=[0], doubtful=[1])
        session.site.queues["out"].get(name).content = "s:gone.seg:0:10"
        session.commit()
        session.begin()
        put()
        runner = opened(OutgoingRunner)
        empty(runner)
        assert sorted(server.accepted) == MEMBERS
        [msgdata] = now_in("bad")
        # Who has it is not sent it again, whatever a human does with the entry.
        assert msgdata["recipients"] == MEMBERS[1:]


class TestOutcome:
    def test_who_is_refused_for_now_waits_in_retry(self, opened, put, server, settings, now_in):
        server.script("RCPT", "450 4.2.1 Busy", match="<m3@")
        put()
        empty(opened(OutgoingRunner))
        assert sorted(server.accepted) == [*MEMBERS[:3], MEMBERS[4]]
        [msgdata] = now_in("retry")
        assert msgdata["recipients"] == ["m3@example.org"]
        assert msgdata["retry_count"] == 1
        period = settings.mta.delivery_retry_period.total_seconds()
        assert abs(msgdata["deliver_until"] - time.time() - period) < 10

    @pytest.mark.parametrize(("count", "wait"), [(0, 300), (1, 600), (3, 2400), (50, 14400)])
    def test_the_waits_grow_up_to_a_limit(self, opened, put, server, session, now_in, count, wait):
        server.script("MAIL", "450 4.2.0 Not now")
        put(retry_count=count)
        empty(opened(OutgoingRunner))
        assert [msgdata["retry_count"] for msgdata in now_in("retry")] == [count + 1]
        [name] = session.site.queues["retry"].names()
        due = float(name.partition("+")[0]) - time.time()
        assert 0.85 * wait < due < 1.15 * wait

    def test_after_days_of_trying_it_is_given_up(self, opened, put, server, session, now_in):
        server.script("RCPT", "450 4.2.1 Busy", match="<m3@")
        put(deliver_until=time.time() - 1, retry_count=9)
        empty(opened(OutgoingRunner))
        assert now_in("retry") == []
        [event] = session.site.bounce_events.values()
        assert (event.email, event.code, event.source) == ("m3@example.org", 450, "gave-up")

    def test_a_record_is_kept_of_the_delivery(self, opened, put, session, now_in):
        name = put()
        empty(opened(OutgoingRunner))
        now_in("out")
        record = session.site.deliveries[name]
        assert (record.message_id, record.list_id) == ("<first>", "test.example.com")

    def test_told_to_stop_it_begins_nothing_and_loses_nothing(self, opened, put, server, now_in):
        put()
        runner = opened(OutgoingRunner)
        runner.stop(15)
        empty(runner)
        assert server.transactions == []
        assert len(now_in("out")) == 1
        runner.stopping = False
        empty(runner)
        assert sorted(server.accepted) == MEMBERS


class TestSender:
    @pytest.mark.parametrize(
        ("msgdata", "sender"),
        [
            ({}, "test-bounces@example.com"),
            ({"sender": "special@example.com"}, "special@example.com"),
            ({"to_owner": True, "envsender": "site@example.com"}, "site@example.com"),
            ({"listid": "gone.example.com"}, "changeme@example.com"),
        ],
    )
    def test_bounces_go_to_where_somebody_wants_them(self, opened, put, server, msgdata, sender):
        put(**msgdata)
        empty(opened(OutgoingRunner))
        assert {caught.sender for caught in server.transactions} == {sender}


class TestSettlement:
    def test_what_is_to_be_sent_later_waits_in_retry(self, opened, put, server, session, now_in):
        later = time.time() + 3600
        put(deliver_after=later)
        empty(opened(OutgoingRunner))
        assert server.transactions == []
        [msgdata] = now_in("retry")
        assert msgdata["recipients"] == MEMBERS
        [name] = session.site.queues["retry"].names()
        assert float(name.partition("+")[0]) == pytest.approx(later)

    def test_whose_server_wants_a_rest_waits_without_an_attempt(
        self, opened, put, server, session, now_in
    ):
        server.script("RCPT", "421 4.7.28 Too many messages, try again later", match="<m0@")
        server.script("RCPT", "451 4.7.1 Too many connections, slow down", times=100)
        for _ in range(20):
            put()
        runner = opened(OutgoingRunner)
        empty(runner)
        waiting = now_in("retry")
        assert sum(len(msgdata["recipients"]) for msgdata in waiting) == 100
        untried = [msgdata for msgdata in waiting if "retry_count" not in msgdata]
        assert untried
        # Their time begins with the first attempt.
        assert not any("deliver_until" in msgdata for msgdata in untried)

    def test_when_its_time_is_up_nobody_is_told_to_wait(
        self, opened, put, server, session, now_in
    ):
        server.script("RCPT", "421 4.7.28 Too many messages, try again later", match="<m0@")
        server.script("RCPT", "451 4.7.1 Too many connections, slow down", times=100)
        for _ in range(20):
            put(deliver_until=time.time() - 1)
        empty(opened(OutgoingRunner))
        assert now_in("retry") == []
        assert len(session.site.bounce_events) == 100

    def test_a_probe_that_fails_is_told_of_as_such(self, opened, put, server, monkeypatch):
        told = []
        monkeypatch.setattr(
            "runners.settlement.probe_failed",
            lambda engine, site, token, failure: told.append((token, failure.email)),
        )
        server.script("RCPT", "550 5.1.1 Nobody", match="<m1@")
        put(probe_token="abc")
        empty(opened(OutgoingRunner))
        assert told == [("abc", "m1@example.org")]

    def test_who_is_refused_for_good_becomes_a_bounce_event(
        self, opened, put, server, session, now_in
    ):
        server.script("RCPT", "550 5.1.1 Nobody", match="<m1@")
        put()
        empty(opened(OutgoingRunner))
        now_in("out")
        [event] = session.site.bounce_events.values()
        assert (event.email, event.code, event.source) == ("m1@example.org", 550, "smtp")
        assert event.message_id == "<first>"

    def test_a_copy_that_cannot_be_made_goes_aside_with_those_who_have_none(
        self, opened, put, server, monkeypatch, now_in
    ):
        runner = opened(OutgoingRunner)
        job = runner.job

        class Copies:
            def copy(self, index):
                if index == 3:
                    raise RuntimeError("strange")
                return "s@example.com", b"Subject: x\r\n\r\n"

        def personal(site, entry):
            made = job(site, entry)
            made.delivery.copies = Copies()
            return made

        monkeypatch.setattr(runner, "job", personal)
        put()
        empty(runner)
        assert sorted(server.accepted) == MEMBERS[:3]
        [msgdata] = now_in("shunt")
        assert msgdata["recipients"] == MEMBERS[3:]
        assert "strange" in msgdata["shunt_error"]
