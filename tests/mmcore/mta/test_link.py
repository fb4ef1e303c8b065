"""Tests of mmcore.mta.link, against a server that takes its time."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from mmcore.config import Settings
from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import SENDER, A, B, Recorder, post
from tests.support.smtpd import DRIP, EXTENSIONS, STALL, ScriptedServer


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


class TestAcknowledgement:
    @pytest.mark.parametrize("offer", [EXTENSIONS, [*EXTENSIONS, "CHUNKING"]])
    def test_of_replies_that_are_written_one_by_one_is_not_delayed(
        self,
        transport: SMTPTransport,
        server: ScriptedServer,
        recorder: Recorder,
        offer: list[str],
    ) -> None:
        """The system would wait for 40 ms in each transaction."""
        server.extensions, server.no_delay = offer, False
        start = time.monotonic()
        transport.run([post(f"a{n}@example.com") for n in range(50)], recorder)
        assert set(recorder.codes().values()) == {250}
        assert time.monotonic() - start < 1
