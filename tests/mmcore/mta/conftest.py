"""A scripted server, settings that lead to it, and an observer that writes down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from mmcore.config import Settings
from mmcore.mta.deliver import Transaction
from mmcore.mta.journal import Reply
from mmcore.mta.smtp import SMTPTransport
from tests.support.smtpd import EXTENSIONS, ScriptedServer

SENDER = "test-bounces@example.com"
CONTENT = b"Subject: Hello\r\n\r\nBody\r\n"
A, B, C = "anne@example.com", "bart@example.com", "cris@example.com"


def post(*recipients: str, sender: str = SENDER, content: bytes = CONTENT) -> Transaction:
    return Transaction(sender, recipients, content)


def without(name: str) -> list[str]:
    """The server's extensions but for this one."""
    return [extension for extension in EXTENSIONS if not extension.startswith(name)]


class Recorder:
    """An observer of transactions."""

    def __init__(self) -> None:
        #: (event, sender, positions or codes) in order.
        self.events: list[tuple[str, str, list[int]]] = []
        #: Replies by recipient.
        self.replies: dict[str, Reply] = {}

    def started(self, transaction: Transaction, positions: Sequence[int]) -> None:
        self.events.append(("started", transaction.sender, list(positions)))

    def finished(self, transaction: Transaction, replies: Sequence[Reply]) -> None:
        self.events.append(("finished", transaction.sender, [reply.code for reply in replies]))
        self.replies |= dict(zip(transaction.recipients, replies, strict=True))

    def lost(
        self, transaction: Transaction, replies: Sequence[Reply], positions: Sequence[int]
    ) -> None:
        self.events.append(("lost", transaction.sender, list(positions)))
        self.replies |= dict(zip(transaction.recipients, replies, strict=True))

    def codes(self) -> dict[str, int]:
        return {recipient: reply.code for recipient, reply in self.replies.items()}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def mta_settings(settings: Settings, server: ScriptedServer) -> Settings:
    settings.mta.smtp_host = "127.0.0.1"
    settings.mta.smtp_port = server.port
    settings.mta.smtp_timeout = timedelta(seconds=10)
    settings.mta.smtp_data_timeout = timedelta(seconds=10)
    return settings


@pytest.fixture
def transport(mta_settings: Settings) -> Iterator[SMTPTransport]:
    transport = SMTPTransport(mta_settings)
    yield transport
    transport.close()


@pytest.fixture(params=["pipelined", "lock-step"])
def either(request: pytest.FixtureRequest, server: ScriptedServer) -> str:
    """Run the test twice: with a server that offers PIPELINING and one that does not."""
    if request.param == "lock-step":
        server.extensions = without("PIPELINING")
    return str(request.param)


@pytest.fixture(params=["pipelined", "lock-step", "chunked"])
def manner(request: pytest.FixtureRequest, server: ScriptedServer) -> str:
    """Run the test thrice: also with a server that offers CHUNKING."""
    if request.param == "lock-step":
        server.extensions = without("PIPELINING")
    elif request.param == "chunked":
        server.extensions = [*EXTENSIONS, "CHUNKING"]
    return str(request.param)
