"""Tests of mmcore.mta.smtp, against a server that does as it is told."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mmcore.config import Settings
from mmcore.mta import smtp
from mmcore.mta.content import Content
from mmcore.mta.deliver import Transaction
from mmcore.mta.journal import Reply
from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import CONTENT, SENDER, A, B, C, Recorder, post, without
from tests.support.smtpd import DROP, ScriptedServer


class TestHealthyServer:
    def test_gets_all_transactions_over_one_connection(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        transport.run([post(A, B), post(C, sender="", content=b".dot\nline\r\n")], recorder)
        first, second = server.transactions
        assert (first.sender, first.recipients, first.content) == (SENDER, [A, B], CONTENT)
        assert (second.sender, second.recipients) == ("", [C])
        assert second.content == b".dot\r\nline\r\n"
        assert server.connections == 1
        assert recorder.replies[A] == Reply(250, "2.0.0", "Queued as 1")
        assert recorder.replies[C] == Reply(250, "2.0.0", "Queued as 2")
        assert recorder.events == [
            ("started", SENDER, [0, 1]),
            ("finished", SENDER, [250, 250]),
            ("started", "", [0]),
            ("finished", "", [250]),
        ]

    def test_gets_the_next_envelope_together_with_the_content(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post(A, B), post(C)], recorder)
        size = len(CONTENT)
        mail = f"MAIL FROM:<{SENDER}> SIZE={size}\r\n"
        assert server.arrivals[1:] == [
            f"{mail}RCPT TO:<{A}>\r\nRCPT TO:<{B}>\r\nDATA\r\n".encode(),
            CONTENT + b".\r\n" + f"{mail}RCPT TO:<{C}>\r\nDATA\r\n".encode(),
            CONTENT + b".\r\n",
        ]

    def test_without_pipelining_gets_one_command_at_a_time(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = without("PIPELINING")
        transport.run([post(A, B), post(C)], recorder)
        assert len(server.transactions) == 2
        assert all(data.count(b"\r\n") == 1 or CONTENT in data for data in server.arrivals)

    def test_keeps_its_connection_from_run_to_run(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post(A)], recorder)
        transport.run([post(B)], recorder)
        transport.close()
        transport.close()
        assert server.connections == 1
        assert server.verbs()[-1] == "QUIT"
        transport.run([post(C)], recorder)
        assert server.connections == 2

    def test_gets_no_more_transactions_a_connection_than_configured(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        manner: str,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.max_sessions_per_connection = 2
        transport.run([post(f"a{n}@example.com") for n in range(5)], recorder)
        assert [caught.connection for caught in server.transactions] == [1, 1, 2, 2, 3]
        assert server.verbs().count("QUIT") == 2

    def test_only_successes_count_against_that_limit(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.max_sessions_per_connection = 1
        server.script("DOT", "451 4.3.0 No", times=1)
        transport.run([post(A), post(B), post(C)], recorder)
        assert [caught.connection for caught in server.transactions] == [1, 1, 2]

    def test_gets_many_recipients_in_groups(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        many = [f"member{n:04d}@example.com" for n in range(1000)]
        transport.run([post(A), post(*many), post(B)], recorder)
        assert [len(caught.recipients) for caught in server.transactions] == [1, 1000, 1]
        assert set(recorder.codes().values()) == {250}

    def test_gets_a_large_message_whole(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        content = b"Subject: Large\r\n\r\n" + b".0123456789\r\n" * 100_000
        transport.run([post(A, content=content), post(B, content=content)], recorder)
        assert [caught.content for caught in server.transactions] == [content, content]

    def test_that_closed_an_idle_connection_is_connected_again(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post(A)], recorder)
        server.hang_up()
        transport.run([post(B)], recorder)
        assert recorder.codes() == {A: 250, B: 250}
        assert server.connections == 2

    def test_may_know_no_extensions_at_all(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("EHLO", "502 5.5.1 What?")
        server.script("HELO", "250 hello")
        transport.run([post(A, B)], recorder)
        assert server.accepted == [A, B]

    def test_content_is_prepared_once_for_the_same_object(
        self, transport: SMTPTransport, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources: list[bytes] = []

        class Spy(Content):
            def __init__(self, source: bytes, canonical: bool = False) -> None:
                sources.append(source)
                super().__init__(source, canonical)

        monkeypatch.setattr(smtp, "Content", Spy)
        transport.run([post(A), post(B), post(C, content=b"other")], recorder)
        assert sources == [CONTENT, b"other"]


class TestBrokenConnections:
    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("action", [DROP, "421 4.3.2 Shutting down", "garbage"])
    @pytest.mark.parametrize("skip", [0, 1])
    def test_before_the_content_are_set_up_again(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        either: str,
        verb: str,
        action: str,
        skip: int,
    ) -> None:
        if action == "garbage":
            action = "000 what"
        server.script(verb, action, skip=skip, times=1)
        transport.run([post(A), post(B), post(C)], recorder)
        assert recorder.codes() == {A: 250, B: 250, C: 250}
        assert server.accepted == [A, B, C]
        assert server.connections == 2
        assert "lost" not in [event for event, _, _ in recorder.events]

    @pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("action", [DROP, "421 4.3.2 Shutting down"])
    def test_that_break_again_and_again_are_given_up(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        either: str,
        verb: str,
        action: str,
    ) -> None:
        server.script(verb, action)
        transport.run([post(A), post(B), post(C)], recorder)
        assert recorder.codes() == {A: 444, B: 444, C: 444}
        assert server.connections == 3
        assert ("421" in recorder.replies[A].text) == (action != DROP)

    def test_by_one_transaction_do_not_harm_the_others(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("RCPT", DROP, match=B)
        transport.run([post(A), post(B), post(C)], recorder)
        assert recorder.codes() == {A: 250, B: 444, C: 250}
        assert server.connections == 3

    @pytest.mark.parametrize("action", [DROP, "nonsense", "354 Go on"])
    def test_after_the_content_leave_a_doubt(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        manner: str,
        action: str,
    ) -> None:
        server.script("RCPT", "550 5.1.1 Nobody", match=C)
        server.script("DOT", "000 what" if action == "nonsense" else action, times=1)
        transport.run([post(A, C), post(B)], recorder)
        assert recorder.codes() == {A: 444, C: 550, B: 250}
        assert recorder.events == [
            ("started", SENDER, [0]),
            ("lost", SENDER, [0]),
            ("started", SENDER, [0]),
            ("finished", SENDER, [250]),
        ]
        assert [caught.recipients for caught in server.transactions] == [[A], [B]]

    def test_in_the_middle_of_the_content_may_have_an_explanation(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.refusal_midway = "552 5.3.4 Too large after all"
        large = b"0123456789\r\n" * 800_000
        transport.run([post(A, content=large)], recorder)
        assert recorder.replies[A] == Reply(552, "5.3.4", "Too large after all")
        server.refusal_midway = ""
        transport.run([post(B)], recorder)
        assert recorder.codes() == {A: 552, B: 250}
        assert server.connections == 2

    def test_after_each_content_end_the_run(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("DOT", DROP)
        transport.run([post(f"a{n}@example.com") for n in range(5)], recorder)
        assert len(server.transactions) == 2
        assert [event for event, _, _ in recorder.events] == [
            "started",
            "lost",
            "started",
            "lost",
            "finished",
            "finished",
            "finished",
        ]
        assert set(recorder.codes().values()) == {444}

    def test_421_to_the_content_is_an_answer(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("DOT", "421 4.3.2 Shutting down", times=1)
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 421, B: 250}
        assert server.connections == 2

    def test_after_progress_are_set_up_as_often_as_needed(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        for n in (1, 3, 5):
            server.script("RCPT", DROP, match=f"a{n}@", times=1)
        transport.run([post(f"a{n}@example.com") for n in range(7)], recorder)
        assert set(recorder.codes().values()) == {250}
        assert server.connections == 4

    def test_a_positive_reply_to_data_is_not_a_delivery(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("DATA", "250 2.0.0 Ok")
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert "unexpected reply to DATA" in recorder.replies[A].text

    def test_a_server_that_is_not_there_is_tried_once(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("CONNECT", "554 5.3.2 Go away")
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 444, B: 444}
        assert "Go away" in recorder.replies[B].text
        assert server.connections == 1

    def test_a_closed_port_is_temporary(
        self, transport: SMTPTransport, recorder: Recorder, mta_settings: Settings
    ) -> None:
        with ScriptedServer() as gone:
            mta_settings.mta.smtp_port = gone.port
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}

    def test_an_observer_that_fails_ends_the_run(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def fail(transaction: Transaction, positions: Sequence[int]) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(recorder, "started", fail)
        with pytest.raises(OSError, match="disk full"):
            transport.run([post(A)], recorder)
        monkeypatch.undo()
        assert server.transactions == []
        transport.run([post(B)], recorder)
        assert server.accepted == [B]
