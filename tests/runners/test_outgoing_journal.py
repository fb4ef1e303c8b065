"""The out runner: what its journal knows is kept until the database knows it."""

from __future__ import annotations

import pytest
from ZEO.Exceptions import ClientDisconnected

from mmcore.mta.journal import Journal, Reply
from runners.outgoing import OutgoingRunner
from tests.support.messages import message
from tests.support.smtpd import ScriptedServer

OK = Reply(250, "2.0.0", "Ok")
LATER = Reply(451, "4.2.0", "Later")
A, B = "anne@people.example.net", "bart@people.example.net"


@pytest.fixture
def server(settings):
    with ScriptedServer() as server:
        settings.mta.smtp_host, settings.mta.smtp_port = "127.0.0.1", server.port
        yield server


@pytest.fixture
def waiting(engine, session, server):
    """Three entries for two recipients each in `out`, by name, oldest first."""
    mailroom = engine.mailroom(session.site)
    names = [
        mailroom.enqueue(
            "out", message(f"Subject: {number}\nMessage-ID: <{number}>\n\nHello.\n"),
            {"recipients": [A, B]},
        )
        for number in range(3)
    ]  # fmt: skip
    session.commit()
    return names


@pytest.fixture
def path(settings):
    return settings.paths.ledger_dir / "out-0.journal"


def noted(path, *marks, keys):
    """What a predecessor leaves: (indices, reply or None) for each key."""
    journal = Journal(path)
    for key in keys:
        run = journal.begin(key)
        for number, (indices, reply) in enumerate(marks):
            journal.started(run, number, indices)
            if reply is not None:
                journal.finished(run, number, [reply] * len(indices))
    journal.close()


def empty(runner):
    """Let it work until there is nothing to do."""
    while runner.iterate():
        pass


def sent(server):
    """(subject, recipient) of everything that the server took, in order."""
    return [
        (int(caught.content.split(b"Subject: ")[1][:1]), recipient)
        for caught in server.transactions
        for recipient in caught.recipients
    ]


EVERYTHING = [(number, email) for number in range(3) for email in (A, B)]


class TestJournal:
    def test_what_a_predecessor_has_done_is_not_done_again(self, opened, waiting, path, server):
        noted(path, ([0], OK), keys=waiting)
        runner = opened(OutgoingRunner)
        empty(runner)
        assert sent(server) == [(0, B), (1, B), (2, B)]
        assert runner.journal.keys() == []

    def test_marks_of_entries_that_are_not_in_the_batch_are_kept(
        self, opened, waiting, path, server, monkeypatch
    ):
        # As when the clock was set back, or when entries of several instances were inherited.
        monkeypatch.setattr("runners.admission.BATCH_ENTRIES", 1)
        noted(path, ([0], OK), keys=waiting[1:])
        empty(opened(OutgoingRunner))
        assert sent(server) == [(0, A), (0, B), (1, B), (2, B)]

    def test_what_other_instances_noted_is_inherited(self, opened, waiting, path, server):
        noted(path.with_name("out-1.journal"), ([0], OK), keys=waiting[:1])
        # Nothing but doubt, which by default is a reason to send again.
        noted(path.with_name("out-2.journal"), ([0], None), keys=waiting[1:2])
        runner = opened(OutgoingRunner)
        assert runner.journal.recall(waiting[1]).in_doubt == {0}
        empty(runner)
        assert sorted(sent(server)) == [each for each in EVERYTHING if each != (0, A)]

    def test_an_inheritance_that_ended_in_the_middle_is_taken_up_again(
        self, opened, waiting, path, server
    ):
        noted(path.with_name("out-1.journal"), ([0, 1], OK), keys=waiting)
        noted(path, ([0, 1], None), keys=waiting[:1])
        empty(opened(OutgoingRunner))
        assert sent(server) == []

    def test_what_was_begun_again_after_a_refusal_for_now_is_in_doubt(
        self, opened, waiting, path, server, settings
    ):
        settings.mta.in_doubt = "hold"
        noted(path, ([0], LATER), ([0], None), keys=waiting[:1])
        runner = opened(OutgoingRunner)
        empty(runner)
        assert (0, A) not in sent(server)
        shunt = runner.session.begin().queues["shunt"]
        [name] = shunt
        assert shunt.get(name).emails() == [A]

    @pytest.mark.parametrize("code", [451, 552])
    def test_so_is_a_full_mailbox_whatever_its_code(
        self, opened, waiting, path, server, settings, code
    ):
        settings.mta.in_doubt = "hold"
        noted(path, ([0], Reply(code, "4.2.2", "Full")), ([0], None), keys=waiting[:1])
        empty(opened(OutgoingRunner))
        assert (0, A) not in sent(server)


class TestTrouble:
    def test_a_storage_that_goes_away_is_not_the_fault_of_the_entries(
        self, opened, waiting, server, monkeypatch
    ):
        runner = opened(OutgoingRunner)
        job = runner.job
        failures = iter([True])

        def sometimes(site, entry):
            if next(failures, False):
                raise ClientDisconnected("away")
            return job(site, entry)

        monkeypatch.setattr(runner, "job", sometimes)
        while runner._iterate():
            continue
        assert sent(server) == EVERYTHING

    def test_an_entry_set_aside_takes_only_those_with_it_that_have_not_got_it(
        self, opened, waiting, path, server, monkeypatch
    ):
        noted(path, ([0], OK), keys=waiting[:1])
        runner = opened(OutgoingRunner)
        job = runner.job

        def sometimes(site, entry):
            if entry.name == waiting[0]:
                raise RuntimeError("strange")
            return job(site, entry)

        monkeypatch.setattr(runner, "job", sometimes)
        empty(runner)
        assert sent(server) == EVERYTHING[2:]
        shunted = runner.session.begin().queues["shunt"].get(waiting[0])
        assert shunted.emails() == [B]
        assert shunted.msgdata()["whichq"] == "out"

    def test_nothing_sent_is_forgotten_while_the_results_cannot_be_committed(
        self, opened, waiting, server, monkeypatch
    ):
        runner = opened(OutgoingRunner)
        commit, failures = runner.session.commit, iter([True])

        def sometimes():
            if next(failures, False):
                raise ConnectionError("away")
            commit()

        monkeypatch.setattr(runner.session, "commit", sometimes)
        while runner._iterate():
            continue
        assert sent(server) == EVERYTHING
        assert len(runner.session.begin().deliveries) == 3

    def test_a_commit_that_only_seemed_to_fail_changes_nothing_twice(
        self, opened, waiting, server, monkeypatch
    ):
        runner = opened(OutgoingRunner)
        commit, failures = runner.session.commit, iter([True])

        def seemingly():
            commit()
            if next(failures, False):
                raise ClientDisconnected("who knows")

        monkeypatch.setattr(runner.session, "commit", seemingly)
        server.script("RCPT", "451 4.2.0 Later", match=B)
        empty(runner)
        site = runner.session.begin()
        assert sent(server) == [(0, A), (1, A), (2, A)]
        assert (len(site.deliveries), len(site.queues["retry"])) == (3, 3)
