"""The end of an LMTP runner: what is in its log has been answered, and the reverse."""

from __future__ import annotations

import asyncio
import smtplib
import threading
import time

import pytest

from mmcore.queue.intake import IntakeLog
from runners.lmtp import CLOSING, Handler, LMTPRunner
from tests.support.ports import free_port

POST = "From: anne@example.com\r\nMessage-ID: <m>\r\n\r\nHello.\r\n"


@pytest.fixture
def runner(settings, opened, mlist, session):
    session.commit()
    settings.mta.lmtp_host, settings.mta.lmtp_port = "127.0.0.1", free_port()
    return opened(LMTPRunner)


class Poster(threading.Thread):
    """Posts one message; `replies` says what became of it."""

    def __init__(self, port):
        super().__init__()
        self.port, self.reply = port, None

    def run(self):
        try:
            with smtplib.LMTP("127.0.0.1", self.port, timeout=10) as session:
                session.sendmail("anne@example.com", ["test@example.com"], POST)
                self.reply = 250
        except smtplib.SMTPDataError as error:
            self.reply = error.smtp_code
        except (OSError, smtplib.SMTPException) as error:
            self.reply = error


class TestClosing:
    def test_what_is_written_is_answered_before_the_end(self, runner, session, monkeypatch):
        append = IntakeLog.append
        begun = threading.Event()

        def slowly(log, data, targets):
            begun.set()
            # The runner is told to close now.
            time.sleep(0.3)
            return append(log, data, targets)

        monkeypatch.setattr(IntakeLog, "append", slowly)
        poster = Poster(runner.settings.mta.lmtp_port)
        poster.start()
        assert begun.wait(5)
        runner.close()
        monkeypatch.setattr(runner, "close", lambda: None)
        poster.join(10)
        assert poster.reply == 250
        session.abort()
        assert len(session.begin().queues["in"]) == 1

    def test_nothing_is_accepted_any_more_then(self, runner, session):
        asyncio.run_coroutine_threadsafe(runner.handler.finish(), runner.loop).result(5)
        poster = Poster(runner.settings.mta.lmtp_port)
        poster.start()
        poster.join(10)
        assert poster.reply == int(CLOSING[:3])
        session.abort()
        assert len(session.begin().queues["in"]) == 0

    def test_a_runner_without_its_committer_ends(self, runner):
        assert runner.iterate() is False
        runner.intake.stop()
        with pytest.raises(RuntimeError, match="has ended"):
            runner.iterate()


class TestSync:
    def test_a_disk_that_fails_is_everybodys_fault_but_of_those_who_have_left(self):
        class Owner:
            class intake:  # noqa: N801
                @staticmethod
                def sync(accepted):
                    raise OSError("disk full")

        async def sessions():
            handler = Handler(Owner)
            gone, here = (asyncio.ensure_future(handler._durable(n)) for n in (1, 2))
            await asyncio.sleep(0)
            gone.cancel()
            with pytest.raises(OSError, match="disk full"):
                await asyncio.wait_for(here, 5)

        asyncio.run(sessions())
