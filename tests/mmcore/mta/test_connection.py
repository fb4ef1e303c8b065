"""Tests of mmcore.mta.connection, against a server that does as it is told."""

from __future__ import annotations

import ssl
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcore.config import Settings
from mmcore.mta import connection
from mmcore.mta.connection import Reply, SMTPTransport, parse_reply
from mmcore.mta.deliver import Transaction
from tests.mmcore.mta.conftest import Recorder
from tests.support.smtpd import DRIP, DROP, EXTENSIONS, STALL, ScriptedServer

SENDER = "test-bounces@example.com"
CONTENT = b"Subject: Hello\r\n\r\nBody\r\n"
A, B, C = "anne@example.com", "bart@example.com", "cris@example.com"


@pytest.fixture
def transport(mta_settings: Settings) -> Iterator[SMTPTransport]:
    transport = SMTPTransport(mta_settings)
    yield transport
    transport.close()


def post(*recipients: str, sender: str = SENDER, content: bytes = CONTENT) -> Transaction:
    return Transaction(sender, recipients, content)


def without(name: str) -> list[str]:
    return [extension for extension in EXTENSIONS if not extension.startswith(name)]


@pytest.fixture(params=["pipelined", "lock-step"])
def either(request: pytest.FixtureRequest, server: ScriptedServer) -> str:
    """Run the test twice: with a server that offers PIPELINING and one that does not."""
    if request.param == "lock-step":
        server.extensions = without("PIPELINING")
    return str(request.param)


class TestReply:
    @pytest.mark.parametrize(
        ("raw", "reply"),
        [
            (b"250 2.1.5 Ok\r", Reply(250, "2.1.5", "Ok")),
            (b"250", Reply(250)),
            (
                b"354 End data with <CR><LF>.<CR><LF>",
                Reply(354, "", "End data with <CR><LF>.<CR><LF>"),
            ),
            (b"550-5.1.1 No such\r\n550 5.1.1 user\r", Reply(550, "5.1.1", "No such user")),
            (b"550-No such\r\n550-\r\n550 user", Reply(550, "", "No such user")),
            (b"250 5.1.1 odd", Reply(250, "", "5.1.1 odd")),
            (b"550 5.1.1", Reply(550, "5.1.1")),
            (b"550 5.1.1000 x", Reply(550, "", "5.1.1000 x")),
            (b"550 \xff", Reply(550, "", "\ufffd")),
        ],
    )
    def test_is_taken_apart(self, raw: bytes, reply: Reply) -> None:
        assert parse_reply(raw) == reply

    @pytest.mark.parametrize(
        "raw", [b"", b"25", b"hello", b"2500 x", b"650 x", b"\xd9\xa3\xd9\xa3\xd9\xa3"]
    )
    def test_what_is_none_is_refused(self, raw: bytes) -> None:
        with pytest.raises(ValueError, match="not an SMTP reply"):
            parse_reply(raw)

    def test_reads_as_a_line(self) -> None:
        assert str(Reply(550, "5.1.1", "Nobody")) == "550 5.1.1 Nobody"
        assert str(Reply(444)) == "444"


class TestContent:
    @pytest.mark.parametrize(
        ("source", "wire", "size"),
        [
            (b"", b".\r\n", 0),
            (b"a\r\nb\r\n", b"a\r\nb\r\n.\r\n", 6),
            (b"a\nb\rc\r\n\nd", b"a\r\nb\r\nc\r\n\r\nd\r\n.\r\n", 14),
            (b".\r\n..a\r\nb.\r\n", b"..\r\n...a\r\nb.\r\n.\r\n", 12),
            (b"a\n.\nb\n", b"a\r\n..\r\nb\r\n.\r\n", 9),
            (b"a\r", b"a\r\n.\r\n", 3),
            (b"a\r\r\n", b"a\r\n\r\n.\r\n", 5),
        ],
    )
    def test_is_normalised_and_stuffed(self, source: bytes, wire: bytes, size: int) -> None:
        content = connection._prepare(source)
        assert (content.wire, content.size) == (wire, size)

    @given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a"])).map(b"".join))
    def test_ends_at_its_end_and_nowhere_else(self, source: bytes) -> None:
        wire = connection._prepare(source).wire
        assert (b"\r\n" + wire).find(b"\r\n.\r\n") == len(wire) - 3
        assert wire.count(b"\r") == wire.count(b"\n") == wire.count(b"\r\n")

    def test_is_prepared_once_for_the_same_object(
        self, transport: SMTPTransport, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources: list[bytes] = []
        prepare = connection._prepare

        def spy(source: bytes) -> connection._Content:
            sources.append(source)
            return prepare(source)

        monkeypatch.setattr(connection, "_prepare", spy)
        transport.run([post(A), post(B), post(C, content=b"other")], recorder)
        assert sources == [CONTENT, b"other"]


class TestHealthyServer:
    def test_gets_all_transactions_over_one_connection(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
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
        either: str,
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


class TestRefusals:
    def test_a_refused_recipient_does_not_harm_the_others(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
    ) -> None:
        server.script("RCPT", "550-5.1.1 Nobody\r\n550 5.1.1 of that name", match=B)
        transport.run([post(A, B, C), post("d@example.com")], recorder)
        assert server.accepted == [A, C, "d@example.com"]
        assert recorder.replies[B] == Reply(550, "5.1.1", "Nobody of that name")
        assert recorder.codes() == {A: 250, B: 550, C: 250, "d@example.com": 250}
        assert recorder.events[0] == ("started", SENDER, [0, 2])

    def test_with_all_recipients_refused_nothing_starts(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
    ) -> None:
        server.script("RCPT", "450 4.2.1 Later", times=2)
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.codes() == {A: 450, B: 450, C: 250}
        assert recorder.events[0] == ("finished", SENDER, [450, 450])
        assert "RSET" in server.verbs()
        assert server.verbs().count("DATA") == (2 if either == "pipelined" else 1)

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
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
    ) -> None:
        server.script("MAIL", "553 5.1.8 Not you", times=1)
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.replies[A] == recorder.replies[B] == Reply(553, "5.1.8", "Not you")
        assert server.accepted == [C]
        assert server.verbs().count("RCPT") == (3 if either == "pipelined" else 1)

    def test_of_data_are_for_the_recipients_accepted(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
    ) -> None:
        server.script("RCPT", "550 5.1.1 Nobody", match=B)
        server.script("DATA", "451 4.3.0 Not now", times=1)
        transport.run([post(A, B), post(C)], recorder)
        assert recorder.codes() == {A: 451, B: 550, C: 250}
        assert server.connections == 1

    def test_of_the_content_are_for_the_recipients_accepted(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
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


class TestOwnRefusals:
    @pytest.mark.parametrize(
        "address",
        [
            "a\r\nDATA@example.com",
            "a> X=<b@example.com",
            "a b@example.com",
            "",
            "a\udcff@example.com",
        ],
    )
    def test_an_address_that_would_break_the_command_is_not_sent(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, address: str
    ) -> None:
        transport.run([post(A, address, B)], recorder)
        assert server.accepted == [A, B]
        assert recorder.replies[address].code == 553
        assert recorder.replies[address].enhanced == "5.1.3"
        transport.run([post(address)], recorder)
        assert server.verbs().count("MAIL") == 1

    def test_a_quoted_local_part_is_sent(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post('"a \\" > b"@example.com')], recorder)
        assert recorder.codes() == {'"a \\" > b"@example.com': 250}

    def test_a_sender_that_would_break_the_command_is_not_sent(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post(A, sender="a\nb@example.com"), post(B)], recorder)
        assert recorder.replies[A].enhanced == "5.1.7"
        assert server.accepted == [B]

    def test_a_message_over_the_limit_of_the_server_is_not_sent(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = [*without("SIZE"), "SIZE 30"]
        transport.run([post(A, content=b"a\n" * 20), post(B)], recorder)
        assert recorder.codes() == {A: 552, B: 250}
        assert recorder.replies[A].enhanced == "5.3.4"

    @pytest.mark.parametrize("offer", ["SIZE", "SIZE 0"])
    def test_a_server_without_a_fixed_limit_gets_everything(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, offer: str
    ) -> None:
        server.extensions = [*without("SIZE"), offer]
        transport.run([post(A)], recorder)
        assert server.accepted == [A]
        assert f"MAIL FROM:<{SENDER}> SIZE={len(CONTENT)}" in [line for _, line in server.commands]


class TestParameters:
    def mail(self, server: ScriptedServer) -> list[str]:
        return [line for _, line in server.commands if line.startswith("MAIL")]

    def test_eight_bit_content_is_announced(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        content = "Subject: Hallo\r\n\r\nGrüße\r\n".encode()
        transport.run([post(A, content=content)], recorder)
        assert self.mail(server) == [f"MAIL FROM:<{SENDER}> SIZE={len(content)} BODY=8BITMIME"]
        assert server.transactions[0].content == content

    def test_nothing_is_announced_that_was_not_offered(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = ["PIPELINING"]
        transport.run([post(A, content=b"\xff\r\n")], recorder)
        assert self.mail(server) == [f"MAIL FROM:<{SENDER}>"]

    def test_addresses_beyond_ascii_are_announced(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run(
            [post(A, "bärt@example.com"), post(B), post(C, sender="jürg@example.com")], recorder
        )
        assert [line.endswith(" SMTPUTF8") for line in self.mail(server)] == [True, False, True]
        assert server.accepted == [A, "bärt@example.com", B, C]

    def test_addresses_beyond_ascii_fail_where_they_cannot_go(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = without("SMTPUTF8")
        transport.run(
            [post(A, "bärt@example.com"), post(B, sender="jürg@example.com"), post(C)], recorder
        )
        assert server.accepted == [A, C]
        assert recorder.codes() == {A: 250, "bärt@example.com": 553, B: 553, C: 250}
        assert recorder.replies["bärt@example.com"].enhanced == "5.6.7"
        assert recorder.replies[B].enhanced == "5.6.7"


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
    def test_that_break_again_are_given_up(
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
        assert server.connections == 2
        assert ("421" in recorder.replies[A].text) == (action != DROP)

    @pytest.mark.parametrize("action", [DROP, "nonsense"])
    def test_after_the_content_leave_a_doubt(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        either: str,
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

    def test_after_each_content_end_the_run(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
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
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
    ) -> None:
        server.script("DOT", "421 4.3.2 Shutting down", times=1)
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 421, B: 250}
        assert server.connections == 2

    def test_after_progress_are_set_up_as_often_as_needed(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, either: str
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


class TestTimeOuts:
    @pytest.fixture(autouse=True)
    def impatience(self, mta_settings: Settings) -> None:
        mta_settings.mta.smtp_timeout = timedelta(seconds=0.3)
        mta_settings.mta.smtp_data_timeout = timedelta(seconds=0.3)

    @pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
    @pytest.mark.parametrize("action", [STALL, DRIP])
    def test_a_server_that_stops_answering_is_given_up(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        verb: str,
        action: str,
    ) -> None:
        server.script(verb, action)
        start = time.monotonic()
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 444, B: 444}
        assert time.monotonic() - start < 5

    @pytest.mark.parametrize("action", [STALL, DRIP])
    def test_no_answer_to_the_content_leaves_a_doubt(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, action: str
    ) -> None:
        server.script("DOT", action, times=1)
        transport.run([post(A), post(B)], recorder)
        assert recorder.codes() == {A: 444, B: 250}
        assert recorder.events[1] == ("lost", SENDER, [0])

    def test_a_server_that_stops_reading_is_given_up(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.deaf_after_data = True
        transport.run([post(A, content=b"x\r\n" * 3_000_000)], recorder)
        assert recorder.codes() == {A: 444}
        # The final dot never left us: there is no doubt about it.
        assert "lost" not in [event for event, _, _ in recorder.events]

    def test_a_server_that_does_not_say_goodbye_is_left(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.script("QUIT", STALL)
        transport.run([post(A)], recorder)
        start = time.monotonic()
        transport.close()
        assert time.monotonic() - start < 2


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, signed by itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
    ]
    command += ["-nodes", "-days", "2", "-subj", "/CN=localhost"]
    command += ["-addext", "subjectAltName=DNS:localhost"]
    command += ["-out", str(certificate), "-keyout", str(key)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate, key


@pytest.mark.parametrize("mode", ["smtps", "starttls"])
class TestTLS:
    @pytest.fixture(autouse=True)
    def encrypt(
        self,
        mode: str,
        server: ScriptedServer,
        mta_settings: Settings,
        certificate: tuple[Path, Path],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        server.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        server.tls.load_cert_chain(*certificate)
        server.implicit_tls = mode == "smtps"
        server.extensions = [*EXTENSIONS, "STARTTLS", "AUTH PLAIN"]
        mta_settings.mta.smtp_secure_mode = mode
        mta_settings.mta.smtp_host = "localhost"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))

    def test_mail_goes_through_it(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        large = b"0123456789\r\n" * 50_000
        transport.run([post(A, B), post(C, content=large)], recorder)
        assert server.accepted == [A, B, C]
        assert server.transactions[1].content == large

    def test_an_unknown_certificate_is_refused(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert "MAIL" not in server.verbs()

    def test_an_unknown_certificate_may_be_allowed(
        self,
        transport: SMTPTransport,
        recorder: Recorder,
        mta_settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        mta_settings.mta.smtp_verify_cert = False
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 250}

    @pytest.mark.parametrize(("verify", "code"), [(True, 444), (False, 250)])
    def test_the_name_in_it_is_checked_as_configured(
        self,
        transport: SMTPTransport,
        recorder: Recorder,
        mta_settings: Settings,
        verify: bool,
        code: int,
    ) -> None:
        mta_settings.mta.smtp_host = "127.0.0.1"
        mta_settings.mta.smtp_verify_hostname = verify
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: code}

    def test_the_login_is_inside(
        self,
        mode: str,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.smtp_user, mta_settings.mta.smtp_pass = "user", "secret"
        transport.run([post(A)], recorder)
        verbs = server.verbs()
        assert "AUTH" in verbs
        assert mode == "smtps" or verbs.index("STARTTLS") < verbs.index("AUTH")
        assert recorder.codes() == {A: 250}

    def test_a_hidden_handshake_cannot_hang_us(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mode: str,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.smtp_timeout = timedelta(seconds=0.3)
        mta_settings.mta.smtp_data_timeout = timedelta(seconds=0.3)
        server.stall_in_handshake = True
        start = time.monotonic()
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert time.monotonic() - start < 3


class TestLogin:
    @pytest.fixture(autouse=True)
    def credentials(self, mta_settings: Settings) -> None:
        mta_settings.mta.smtp_user, mta_settings.mta.smtp_pass = "user", "secret"

    def test_that_fails_is_temporary(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        server.extensions = [*EXTENSIONS, "AUTH PLAIN"]
        server.script("AUTH", "535 5.7.8 Wrong")
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}
        assert "5.7.8" in recorder.replies[A].text

    def test_that_is_not_offered_is_temporary(
        self, transport: SMTPTransport, server: ScriptedServer, recorder: Recorder
    ) -> None:
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}

    def test_that_cannot_be_encoded_is_temporary(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        server.extensions = [*EXTENSIONS, "AUTH PLAIN"]
        mta_settings.mta.smtp_pass = "geheimß"
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 444}

    def test_needs_user_and_password(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        mta_settings: Settings,
    ) -> None:
        mta_settings.mta.smtp_pass = ""
        transport.run([post(A)], recorder)
        assert recorder.codes() == {A: 250}


def test_without_starttls_nothing_is_sent_in_clear(
    transport: SMTPTransport, server: ScriptedServer, recorder: Recorder, mta_settings: Settings
) -> None:
    mta_settings.mta.smtp_secure_mode = "starttls"
    transport.run([post(A)], recorder)
    assert recorder.codes() == {A: 444}
    assert "MAIL" not in server.verbs()
