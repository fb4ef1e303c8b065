"""Tests of mmcore.mta.smtp with CHUNKING (RFC 3030), LIMITS (RFC 9422) and too many recipients."""

from __future__ import annotations

import logging

import pytest

from mmcore.config import Settings
from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import CONTENT, SENDER, A, B, C, Recorder, post, without
from tests.support.smtpd import DROP, EXTENSIONS, HALF_CLOSE, ScriptedServer

MANY = [f"member{n:02d}@{'example.com' if n % 3 else 'example.org'}" for n in range(25)]


class TestChunking:
    @pytest.fixture(autouse=True)
    def offer(self, server: ScriptedServer) -> None:
        server.extensions = [*EXTENSIONS, "CHUNKING"]

    def test_the_content_goes_as_it_is_with_the_next_envelope(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        content = b".dot\r\n.\r\n..two\r\nMAIL FROM:<>\r\n"
        transport.run([post(A, content=content), post(B), post(C)], recorder)
        assert [caught.content for caught in server.transactions] == [content, CONTENT, CONTENT]
        assert recorder.codes() == {A: 250, B: 250, C: 250}
        mail = f"MAIL FROM:<{SENDER}> SIZE={len(CONTENT)}\r\nRCPT TO:<"
        assert server.arrivals[2:] == [
            b"BDAT 1\r\n.",
            b"BDAT %d LAST\r\n" % (len(content) - 1) + content[1:] + f"{mail}{B}>\r\n".encode(),
            b"BDAT %d LAST\r\n" % len(CONTENT) + CONTENT + f"{mail}{C}>\r\n".encode(),
            b"BDAT %d LAST\r\n" % len(CONTENT) + CONTENT,
        ]
        assert "DATA" not in server.verbs()

    @pytest.mark.parametrize("content", [b"", b"a", b"no end\nof line", b"\xff\x00\r\n" * 100_000])
    def test_any_content_arrives(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, content: bytes
    ) -> None:
        transport.run([post(A, content=content), post(B, content=content)], recorder)
        sent = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        if sent and not sent.endswith(b"\r\n"):
            sent += b"\r\n"
        assert [caught.content for caught in server.transactions] == [sent, sent]

    def test_is_not_used_without_pipelining(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = [*without("PIPELINING"), "CHUNKING"]
        transport.run([post(A), post(B)], recorder)
        assert "BDAT" not in server.verbs()
        assert server.accepted == [A, B]

    def test_a_server_that_does_not_know_it_never_gets_a_message_as_commands(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        server.ignorant_of_bdat = True
        evil = (
            b"x\r\nRSET\r\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<bart@example.com>\r\nDATA\r\n"
        )
        with caplog.at_level(logging.WARNING, "mmcore.smtp"):
            transport.run([post(A, content=evil), post(B, content=evil)], recorder)
        assert recorder.codes() == {A: 250, B: 250}
        assert [caught.content for caught in server.transactions] == [evil, evil]
        assert server.connections == 2
        assert server.verbs().count("BDAT") == 1
        assert not any("evil" in line for _, line in server.commands)
        assert "CHUNKING was offered and does not work: 500 5.5.1 What?" in caplog.text
        transport.close()
        transport.run([post(C)], recorder)
        assert server.verbs().count("BDAT") == 1

    @pytest.mark.parametrize("code", [500, 501, 502, 503, 504])
    def test_that_stops_working_ends_with_the_connection(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, code: int
    ) -> None:
        server.script("DOT", f"{code} 5.5.1 What?", skip=1, times=1)
        transport.run([post(A), post(B), post(C)], recorder)
        assert recorder.codes() == {A: 250, B: 250, C: 250}
        assert server.accepted == [A, B, C]
        assert server.connections == 2
        assert server.verbs().count("DATA") == 2

    @pytest.mark.parametrize(("reply", "code"), [("452 4.3.1 Full", 452), ("554 5.7.1 No", 554)])
    def test_a_first_chunk_may_be_refused(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        reply: str,
        code: int,
    ) -> None:
        server.script("BDAT", reply, times=1)
        server.script("RCPT", "550 5.1.1 Nobody", match=C)
        transport.run([post(A, C), post(B)], recorder)
        assert recorder.codes() == {A: code, C: 550, B: 250}
        assert recorder.events[0] == ("finished", SENDER, [code, 550])
        assert server.connections == 1
        assert "RSET" in server.verbs()

    @pytest.mark.parametrize("action", [DROP, "354 Go on", "000 what", HALF_CLOSE])
    def test_a_first_chunk_without_an_answer_leaves_no_doubt(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, action: str
    ) -> None:
        server.script("BDAT", action, times=1)
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 250, B: 250}
        assert server.accepted == [A, B]
        assert "lost" not in [event for event, _, _ in recorder.events]


@pytest.mark.usefixtures("manner")
class TestLimits:
    @pytest.fixture
    def announce(self, server: ScriptedServer, manner: str) -> None:
        server.extensions = [*server.extensions, "LIMITS RCPTMAX=10"]

    @pytest.mark.usefixtures("announce")
    def test_larger_transactions_are_divided(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post(A), post(*MANY), post(*MANY[:12], sender=""), post(B)], recorder)
        sizes = [len(caught.recipients) for caught in server.transactions]
        assert sizes == [1, 10, 10, 5, 10, 2, 1]
        assert server.accepted == [A, *MANY, *MANY[:12], B]
        assert [event for event, _, _ in recorder.events] == ["started", "finished"] * 7
        assert server.connections == 1

    def test_no_more_transactions_a_session(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = [*server.extensions, "LIMITS MAILMAX=2"]
        # Those that fail count.
        server.script("RCPT", "550 5.1.1 Nobody", match=B)
        transport.run([post(name) for name in (A, B, *MANY[:3])], recorder)
        assert [caught.connection for caught in server.transactions] == [1, 2, 2, 3]
        mails = [number for number, line in server.commands if line.startswith("MAIL")]
        assert mails == [1, 1, 2, 2, 3]

    def test_no_more_domains_a_session(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = [*server.extensions, "LIMITS RCPTDOMAINMAX=1"]
        transport.run([post(*MANY), post("x@example.org"), post(A)], recorder)
        assert set(recorder.codes().values()) == {250}
        assert [caught.connection for caught in server.transactions] == [1, 2, 2, 3]
        for number in (1, 2, 3):
            of_session = [c.recipients for c in server.transactions if c.connection == number]
            assert len({name.split("@")[1] for part in of_session for name in part}) == 1


@pytest.mark.usefixtures("manner")
class TestTooManyRecipients:
    @pytest.mark.parametrize(
        "words", ["452 4.5.3 Too many recipients", "552 Too many recipients", "452 too many rcpts"]
    )
    def test_go_in_the_next_transaction(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, words: str
    ) -> None:
        server.max_recipients, server.too_many = 10, words
        transport.run([post(*MANY), post(A), post(*MANY[:11], sender="")], recorder)
        assert set(recorder.codes().values()) == {250}
        sizes = [len(caught.recipients) for caught in server.transactions]
        # The second time the limit is known.
        assert sizes == [10, 10, 5, 1, 10, 1]
        assert server.connections == 1
        assert sum(line.startswith("RCPT") for _, line in server.commands) == 25 + 15 + 1 + 11

    def test_refusals_in_between_are_told_apart(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.max_recipients = 2
        server.script("RCPT", "550 5.1.1 Nobody", match="member01")
        transport.run([post(*MANY[:5])], recorder)
        assert list(recorder.codes().values()) == [250, 550, 250, 250, 250]
        assert server.accepted == [MANY[0], *MANY[2:5]]

    def test_are_refused_for_now_where_nobody_was_accepted(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("RCPT", "452 4.5.3 Too many recipients today")
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.codes() == {A: 452, B: 452, C: 452}
        assert server.transactions == []

    def test_have_their_own_outcome(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        server.max_recipients = 1
        server.script("DOT", "554 5.7.1 Spam", match=B)
        transport.run([post(A, B, C)], recorder)
        assert recorder.codes() == {A: 250, B: 554, C: 250}
