"""Tests of mmcore.mta.maildir."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from mmcore.config import Settings
from mmcore.mta.deliver import Delivery, Transaction
from mmcore.mta.journal import Journal
from mmcore.mta.maildir import MaildirTransport
from tests.mmcore.mta.conftest import Recorder
from tests.support.delivering import deliver

CONTENT = b"Subject: Hello\r\n\r\nBody\r\n"


def files(settings: Settings) -> list[Path]:
    return sorted((settings.paths.caught_dir / "new").iterdir())


class TestMaildirTransport:
    def test_a_transaction_becomes_a_file_with_its_envelope(
        self, settings: Settings, recorder: Recorder
    ) -> None:
        recipients = ["anne@example.com", "bärt@example.com"]
        transport = MaildirTransport(settings)
        transport.run([Transaction("test-bounces@example.com", recipients, CONTENT)], recorder)
        transport.close()
        (path,) = files(settings)
        assert (
            path.read_bytes()
            == (
                "X-Envelope-From: <test-bounces@example.com>\r\n"
                "X-Envelope-To: <anne@example.com>\r\n"
                "X-Envelope-To: <bärt@example.com>\r\n"
            ).encode()
            + CONTENT
        )
        assert recorder.events == [
            ("started", "test-bounces@example.com", [0, 1]),
            ("finished", "test-bounces@example.com", [250, 250]),
        ]
        assert list((settings.paths.caught_dir / "tmp").iterdir()) == []

    def test_the_line_ends_are_those_of_the_content(
        self, settings: Settings, recorder: Recorder
    ) -> None:
        content = CONTENT.replace(b"\r\n", b"\n")
        MaildirTransport(settings).run([Transaction("", ["a@example.com"], content)], recorder)
        assert b"\r" not in files(settings)[0].read_bytes()

    def test_an_address_cannot_bring_in_a_field(
        self, settings: Settings, recorder: Recorder
    ) -> None:
        evil = "a@example.com>\r\nX-Evil: yes\r\n"
        MaildirTransport(settings).run([Transaction("", [evil], CONTENT)], recorder)
        assert b"\nX-Evil" not in files(settings)[0].read_bytes()

    def test_mail_readers_can_open_it(self, settings: Settings, recorder: Recorder) -> None:
        transport = MaildirTransport(settings)
        transport.run([Transaction("", ["a@example.com"], CONTENT) for _ in range(3)], recorder)
        box = mailbox.Maildir(settings.paths.caught_dir)
        assert [message["subject"] for message in box] == ["Hello"] * 3
        box.close()

    @pytest.mark.parametrize("folder", ["tmp", "new"])
    def test_a_failure_is_temporary(
        self, settings: Settings, recorder: Recorder, folder: str
    ) -> None:
        transport = MaildirTransport(settings)
        (settings.paths.caught_dir / folder).rmdir()
        transport.run([Transaction("", ["a@example.com"], CONTENT)], recorder)
        assert recorder.codes() == {"a@example.com": 451}

    def test_deliver_works_with_it(self, settings: Settings) -> None:
        settings.mta.max_recipients = 2
        journal = Journal(settings.paths.ledger_dir / "out.0")
        recipients = ["a@example.com", "b@example.com", "c@example.com"]
        delivery = Delivery("entry", "s@example.com", recipients, CONTENT)
        (result,) = deliver([delivery], MaildirTransport(settings), journal, settings)
        journal.close()
        assert result.delivered.keys() == {0, 1, 2}
        assert len(files(settings)) == 2
