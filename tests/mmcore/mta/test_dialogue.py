"""Tests of mmcore.mta.dialogue, against a server that says no."""

from __future__ import annotations

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
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.replies[A] == recorder.replies[B] == Reply(553, "5.1.8", "Not you")
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
