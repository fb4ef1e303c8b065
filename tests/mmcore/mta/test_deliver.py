"""Tests of mmcore.mta.deliver and what carries it out: real server, real journal."""

from __future__ import annotations

import itertools
import logging
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mmcore.config import Settings
from mmcore.mta.deliver import (
    Delivery,
    Observer,
    Transaction,
    is_permanent,
)
from mmcore.mta.journal import Journal, Reply
from mmcore.mta.smtp import SMTPTransport
from tests.support.delivering import Fate, deliver
from tests.support.smtpd import DROP, ScriptedServer

SENDER = "test-bounces@example.com"
CONTENT = b"Subject: Hello\r\n\r\nBody\r\n"
OK = Reply(250, "2.0.0", "Ok")


def names(count: int, start: int = 0) -> list[str]:
    return [f"member{number:03d}@example.com" for number in range(start, start + count)]


def delivery(count: int = 7, key: str = "entry") -> Delivery:
    return Delivery(key, SENDER, names(count), CONTENT)


@pytest.fixture
def journal(mta_settings: Settings) -> Iterator[Journal]:
    mta_settings.mta.max_recipients = 3
    journal = Journal(mta_settings.paths.ledger_dir / "out.0")
    yield journal
    journal.close()


Run = Callable[..., list[Fate]]


@pytest.fixture
def run(mta_settings: Settings, journal: Journal) -> Iterator[Run]:
    """`deliver()` with everything but the deliveries given."""
    transport = SMTPTransport(mta_settings)

    def run(*deliveries: Delivery, **options: Callable[[], bool]) -> list[Fate]:
        return deliver(deliveries, transport, journal, mta_settings, **options)

    yield run
    transport.close()


class TestIsPermanent:
    @pytest.mark.parametrize(
        ("reply", "permanent"),
        [
            (Reply(550, "5.1.1"), True),
            (Reply(500), True),
            (Reply(552, "5.2.2"), False),
            (Reply(552), False),
            (Reply(552, "5.3.4"), True),
            (Reply(450, "4.2.0"), False),
            (Reply(444), False),
            (Reply(354), False),
        ],
    )
    def test_follows_the_code(self, reply: Reply, permanent: bool) -> None:
        assert is_permanent(reply) is permanent


class TestDeliver:
    def test_everybody_gets_it_once(self, run: Run, server: ScriptedServer) -> None:
        (result,) = run(delivery(7))
        assert result.key == "entry"
        assert result.delivered.keys() == set(range(7))
        assert sorted(server.accepted) == names(7)
        assert [len(caught.recipients) for caught in server.transactions] == [3, 3, 1]

    def test_several_deliveries_share_a_pipeline(self, run: Run, server: ScriptedServer) -> None:
        other = Delivery("other", "x-bounces@example.com", names(2, 100), b"Other\r\n")
        first, second = run(delivery(4), other)
        assert (first.key, second.key) == ("entry", "other")
        assert second.delivered.keys() == {0, 1}
        assert server.transactions[2].content == b"Other\r\n"
        assert server.connections == 1
        # The envelope of the second delivery travels behind the content of the first.
        assert any(
            CONTENT in data and b"<x-bounces@example.com>" in data for data in server.arrivals
        )

    def test_nobody_is_nothing(self, run: Run, server: ScriptedServer) -> None:
        (result,) = run(delivery(0))
        assert len(result.result.outcomes) == 0
        assert run() == []
        assert server.connections == 0

    def test_refusals_are_sorted(self, run: Run, server: ScriptedServer) -> None:
        server.script("RCPT", "550 5.1.1 Nobody", match="001")
        server.script("RCPT", "450 4.2.0 Later", match="002")
        server.script("RCPT", "552 5.2.2 Mailbox full", match="003")
        (result,) = run(delivery(5))
        assert result.delivered.keys() == {0, 4}
        assert result.permanent == {1: Reply(550, "5.1.1", "Nobody")}
        assert result.temporary == {
            2: Reply(450, "4.2.0", "Later"),
            3: Reply(552, "5.2.2", "Mailbox full"),
        }

    def test_a_rejected_content_is_rejected_for_the_whole_transaction(
        self, run: Run, server: ScriptedServer
    ) -> None:
        server.script("DOT", "554 5.7.1 Spam", times=1)
        (result,) = run(delivery(5))
        assert result.permanent.keys() == {0, 1, 2}
        assert result.delivered.keys() == {3, 4}

    def test_a_message_too_large_for_the_server_is_permanent(
        self, run: Run, server: ScriptedServer
    ) -> None:
        server.extensions = ["PIPELINING", "SIZE 10"]
        (result,) = run(delivery(2))
        assert {reply.enhanced for reply in result.permanent.values()} == {"5.3.4"}

    def test_stops_between_transactions(self, run: Run, server: ScriptedServer) -> None:
        assert run(delivery(30), should_stop=lambda: bool(server.transactions)) == []
        # One transaction may be on its way ahead.
        assert len(server.accepted) in (3, 6, 9)
        (result,) = run(delivery(30))
        assert result.delivered.keys() == set(range(30))
        assert Counter(server.accepted) == Counter(names(30))

    def test_without_a_server_all_is_temporary(
        self, run: Run, mta_settings: Settings, journal: Journal
    ) -> None:
        with ScriptedServer() as gone:
            mta_settings.mta.smtp_port = gone.port
        (result,) = run(delivery(5))
        assert {reply.code for reply in result.temporary.values()} == {444}
        assert len(result.temporary) == 5
        assert journal.recall("entry") is None

    def test_a_journal_that_cannot_be_written_stops_delivery(
        self, run: Run, server: ScriptedServer, journal: Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(journal, "started", fail)
        with pytest.raises(OSError, match="disk full"):
            run(delivery(2))
        assert server.transactions == []


class TestJournalled:
    def test_what_is_done_is_reported_and_not_sent_again(
        self, run: Run, server: ScriptedServer
    ) -> None:
        server.script("DOT", "554 5.7.1 Spam", times=1)
        (first,) = run(delivery(7))
        before = list(server.commands)
        (second,) = run(delivery(7))
        assert (second.delivered, second.permanent) == (first.delivered, first.permanent)
        assert server.commands == before

    def test_what_was_refused_for_now_is_sent_again(
        self, run: Run, server: ScriptedServer
    ) -> None:
        server.script("DOT", "451 4.3.0 Later", times=1)
        (first,) = run(delivery(5))
        assert first.temporary.keys() == {0, 1, 2}
        (second,) = run(delivery(5))
        assert second.delivered.keys() == set(range(5))
        assert Counter(server.accepted) == Counter(names(5))

    def test_what_was_forgotten_is_new(
        self, run: Run, server: ScriptedServer, journal: Journal
    ) -> None:
        run(delivery(2))
        journal.forget(["entry"])
        run(delivery(2))
        assert len(server.accepted) == 4

    def test_a_lost_reply_is_temporary_and_counted_where_doubt_means_resend(
        self, run: Run, server: ScriptedServer, journal: Journal, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.script("DOT", DROP, match="003", times=1)
        with caplog.at_level(logging.WARNING, "mmcore.smtp"):
            (result,) = run(delivery(7))
        assert {index: reply.code for index, reply in result.temporary.items()} == {
            3: 444,
            4: 444,
            5: 444,
        }
        assert result.delivered.keys() == {0, 1, 2, 6}
        assert (result.doubted, result.in_doubt) == (3, ())
        assert "entry: in doubt whether 3 recipients have it; they get it again" in caplog.text
        marks = journal.recall("entry")
        assert marks is not None
        assert marks.in_doubt == {3, 4, 5}
        (again,) = run(delivery(7))
        assert again.delivered.keys() == set(range(7))
        assert again.doubted == 3

    def test_a_lost_reply_is_held_where_doubt_means_hold(
        self,
        run: Run,
        server: ScriptedServer,
        mta_settings: Settings,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        mta_settings.mta.in_doubt = "hold"
        server.script("RCPT", "550 5.1.1 Nobody", match="004")
        server.script("DOT", DROP, match="003", times=1)
        with caplog.at_level(logging.WARNING, "mmcore.smtp"):
            (result,) = run(delivery(7))
        assert result.in_doubt == (3, 5)
        assert result.permanent.keys() == {4}
        assert result.temporary == {}
        assert result.doubted == 0
        assert "; held" in caplog.text
        (again,) = run(delivery(7))
        assert again.in_doubt == (3, 5)
        assert max(Counter(server.accepted).values()) == 1

    def test_a_whole_transaction_may_be_held(
        self, run: Run, server: ScriptedServer, mta_settings: Settings
    ) -> None:
        mta_settings.mta.in_doubt = "hold"
        server.script("DOT", DROP, times=1)
        (result,) = run(delivery(4))
        assert (result.in_doubt, result.temporary) == ((0, 1, 2), {})
        assert result.delivered.keys() == {3}

    def test_marks_stand_around_the_final_dot(
        self, run: Run, server: ScriptedServer, mta_settings: Settings
    ) -> None:
        seen: list[tuple[set[int], set[int]]] = []
        action_for = server.action_for

        def look(verb: str, line: str) -> str | None:
            if verb == "DOT":
                # The content is here, its reply not yet on the way.
                reader = Journal(mta_settings.paths.ledger_dir / "out.0")
                marks = reader.load()["entry"]
                reader.close()
                seen.append((set(marks.done), marks.in_doubt))
            return action_for(verb, line)

        server.action_for = look  # type: ignore[method-assign]
        run(delivery(7))
        assert seen == [
            (set(), {0, 1, 2}),
            ({0, 1, 2}, {3, 4, 5}),
            ({0, 1, 2, 3, 4, 5}, {6}),
        ]


class Killed(BaseException):
    """The process is gone."""


class MortalTransport:
    """Delivers into a counter; dies at a given step of the dialogue."""

    def __init__(self, received: Counter[str], lifetime: int) -> None:
        self.received, self.left = received, lifetime

    def live(self) -> None:
        if not self.left:
            raise Killed
        self.left -= 1

    def run(self, transactions: Iterable[Transaction], observer: Observer) -> None:
        for transaction in transactions:
            self.live()
            observer.started(transaction, range(len(transaction.recipients)))
            self.live()
            self.received.update(transaction.recipients)
            self.live()
            observer.finished(transaction, [OK] * len(transaction.recipients))

    def close(self) -> None:
        """Nothing is kept."""


class TestAnyDeath:
    @hypothesis_settings(max_examples=50, deadline=None)
    @given(
        st.integers(0, 12),
        st.integers(1, 4),
        st.lists(st.integers(0, 12), max_size=4),
        st.sampled_from(["resend", "hold"]),
    )
    def test_loses_nothing_and_doubles_only_what_is_in_doubt(
        self, count: int, most: int, lifetimes: list[int], policy: str
    ) -> None:
        received: Counter[str] = Counter()
        deliveries = [delivery(count), Delivery("other", SENDER, names(3, 100), CONTENT)]
        everybody = {name for each in deliveries for name in each.recipients}
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings.defaults(
                folder, {"mta": {"max_recipients": most, "in_doubt": policy}}
            )
            deaths = 0
            for lifetime in itertools.chain(lifetimes, [-1]):
                journal = Journal(Path(folder) / "journal")
                try:
                    transport = MortalTransport(received, lifetime)
                    results = deliver(deliveries, transport, journal, settings)
                    break
                except Killed:
                    deaths += 1
                finally:
                    journal.close()
        held = {
            each.recipients[index]
            for each, result in zip(deliveries, results, strict=True)
            for index in result.in_doubt
        }
        doubles = sum(times - 1 for times in received.values() if times > 1)
        # At most one transaction is in doubt after a death.
        assert doubles <= deaths * most
        if policy == "hold":
            assert doubles == 0
            assert len(held) <= deaths * most
        else:
            assert not held
        assert everybody - received.keys() <= held
        for each, result in zip(deliveries, results, strict=True):
            assert result.delivered.keys() | set(result.in_doubt) == set(
                range(len(each.recipients))
            )
            assert result.delivered.keys().isdisjoint(result.in_doubt)
