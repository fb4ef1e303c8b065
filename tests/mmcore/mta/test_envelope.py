"""Tests of mmcore.mta.envelope, against a server that does as it is told."""

from __future__ import annotations

import pytest

from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import CONTENT, SENDER, A, B, C, Recorder, post, without
from tests.support.smtpd import ScriptedServer


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
