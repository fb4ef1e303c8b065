"""Our SMTP client and a real Postfix: CHUNKING, and its limit of recipients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mmcore.config import Settings
from mmcore.mta.smtp import SMTPTransport
from tests.mmcore.mta.conftest import Recorder, post
from tests.support.engine import until
from tests.support.ports import free_port
from tests.support.postfix import WHOLE_DOMAIN, Postfix

NAMES = [f"m{n}" for n in range(8)]


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    lines = f"{WHOLE_DOMAIN}smtpd_recipient_limit = 3\n"
    postfix = Postfix("lists.example.com", "members.example.org", free_port(), lines)
    for name in NAMES:
        postfix.add_mailbox(name)
    with postfix:
        yield postfix


@pytest.fixture
def transport(settings: Settings, postfix: Postfix) -> Iterator[SMTPTransport]:
    settings.mta.smtp_host, settings.mta.smtp_port = "127.0.0.1", postfix.port
    transport = SMTPTransport(settings)
    yield transport
    transport.close()


def text(number: int) -> bytes:
    """A message that dots and lines could do harm to, of different sizes."""
    lines = b".\r\n..\r\n.dot\r\nRSET\r\nGr\xc3\xbc\xc3\x9fe\r\n" * (1 + 300 * number)
    return b"Subject: Copy %d\r\n\r\n" % number + lines


def body(message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n").partition(b"\n\n")[2]


def test_copies_arrive_as_they_were_sent(
    transport: SMTPTransport, postfix: Postfix, recorder: Recorder
) -> None:
    addresses = [f"{name}@members.example.org" for name in NAMES]
    copies = [post(address, content=text(n)) for n, address in enumerate(addresses)]
    transport.run([*copies, post(*addresses, content=text(0))], recorder)
    assert recorder.codes() == dict.fromkeys(addresses, 250)
    assert recorder.events[-2:] == [
        ("started", copies[0].sender, [0, 1]),
        ("finished", copies[0].sender, [250, 250]),
    ]
    until(lambda: all(len(postfix.mail_of(name)) == 2 for name in NAMES), 30, postfix.log())
    for number, name in enumerate(NAMES):
        assert set(map(body, postfix.mail_of(name))) == {body(text(number)), body(text(0))}
    transport.close()
    until(lambda: "quit=1" in postfix.log(), 10, postfix.log())
    # The first of the chunks is the byte that shows whether they work.
    assert "bdat=12" in postfix.log()
    assert " data=" not in postfix.log()
