"""Tests of mmcore.mta.dialogue, against a server that says no."""

from __future__ import annotations

import pytest

from mmcore.mta.journal import Reply
from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import SENDER, A, B, C, Recorder, post
from tests.support.smtpd import ScriptedServer


class TestRefusals:
    def test_a_refused_recipient_does_not_harm_the_others(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("RCPT", "550-5.1.1 Nobody\r\n550 5.1.1 of that name", match=B)
        transport.run([post(A, B, C), post("d@example.com")], recorder)
        assert server.accepted == [A, C, "d@example.com"]
        assert recorder.replies[B] == Reply(550, "5.1.1", "Nobody of that name")
        assert recorder.codes() == {A: 250, B: 550, C: 250, "d@example.com": 250}
        assert recorder.events[0] == ("started", SENDER, [0, 2])

    def test_with_all_recipients_refused_nothing_starts(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("RCPT", "450 4.2.1 Later", times=2)
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.codes() == {A: 450, B: 450, C: 250}
        assert recorder.events[0] == ("finished", SENDER, [450, 450])
        assert "RSET" in server.verbs()
        assert (
            server.verbs().count("DATA") == {"pipelined": 2, "lock-step": 1, "chunked": 0}[manner]
        )

    def test_a_server_that_wants_content_for_nobody_gets_a_bare_dot(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("RCPT", "550 5.1.1 Nobody", times=2)
        server.script("DATA", "354 Go on", times=1)
        transport.run([post(A, B), post(C)], recorder)
        assert b".\r\n" in server.arrivals
        assert server.accepted == [C]
        assert recorder.codes() == {A: 550, B: 550, C: 250}
        assert server.connections == 1

    def test_of_the_sender_are_for_all_recipients(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("MAIL", "553 5.1.8 Not you", times=1)
        refused, other = post(A, B), post(C)
        transport.run([refused, other], recorder)
        assert recorder.replies[A] == recorder.replies[B] == Reply(553, "5.1.8", "Not you")
        assert (refused.sender_refused, other.sender_refused) == (True, False)
        assert server.accepted == [C]
        assert server.verbs().count("RCPT") == (1 if manner == "lock-step" else 3)

    def test_of_data_are_for_the_recipients_accepted(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
    ) -> None:
        server.script("RCPT", "550 5.1.1 Nobody", match=B)
        server.script("DATA", "451 4.3.0 Not now", times=1)
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.codes() == {A: 451, B: 550, C: 250}
        assert server.connections == 1

    def test_of_the_content_are_for_the_recipients_accepted(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("RCPT", "550 5.1.1 Nobody", match=B)
        server.script("DOT", "554 5.7.1 Spam", times=1)
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.codes() == {A: 554, B: 550, C: 250}
        assert server.connections == 1

    def test_of_the_envelope_that_travelled_ahead_are_seen(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("MAIL", "452 4.3.1 Full", skip=1, times=1)
        transport.run([post(A), post(B), post(C)], recorder)
        assert recorder.codes() == {A: 250, B: 452, C: 250}
        assert server.accepted == [A, C]

    def test_of_a_sender_whose_recipients_are_taken_end_the_connection(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("MAIL", "553 5.1.8 Not you", times=1)
        server.script("RCPT", "250 2.1.5 Ok", times=1)
        server.script("DATA", "354 Go on", times=1)
        server.sender_optional = True
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 250, B: 250}
        assert server.accepted == [A, B]
        assert server.connections == 2
        assert b".\r\n" not in server.arrivals

    def test_of_a_sequence_that_was_right_end_the_connection(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("MAIL", "503 5.5.1 Nested MAIL", skip=1, times=1)
        transport.run([post(A), post(B), post(C)], recorder)
        assert recorder.codes() == {A: 250, B: 250, C: 250}
        assert server.connections == 2

    @pytest.mark.parametrize("reply", ["530 5.7.0 STARTTLS first", "503 Log in first"])
    def test_of_any_sender_are_blamed_on_nobody(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        manner: str,
        reply: str,
    ) -> None:
        server.script("MAIL", reply)
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 444, B: 444}
        assert recorder.replies[B].text.endswith(reply)
        assert server.connections == 1

    def test_of_rset_end_the_connection(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, manner: str
    ) -> None:
        server.script("RCPT", "550 5.1.1 Nobody", match=A)
        server.script("RSET", "502 5.5.1 What?")
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 550, B: 250}
        assert server.connections == 2
