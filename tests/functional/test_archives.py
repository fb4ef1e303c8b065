"""Archives of a whole engine, whose archive runner is killed again and again."""

from __future__ import annotations

import mailbox
import os
import signal
import time
from collections import Counter

import pytest

from tests.support.engine import until
from tests.support.hyperkitty import FakeHyperKitty

LIST = "ant@example.com"
TEXT = "From: anne@example.org\nTo: ant@example.com\nSubject: {0}\nMessage-ID: <{0}>\n\nFrom {0}\n"


@pytest.fixture
def kitty():
    kitty = FakeHyperKitty()
    yield kitty
    kitty.close()


@pytest.fixture
def engine(make_engine, kitty):
    engine = make_engine()
    for name in ("prototype", "mbox", "hyperkitty"):
        engine.set(f"archiver.{name}", enable="yes")
    engine.set("archiver.hyperkitty", configuration="kitty.ini")
    engine.set("runner.archive", max_restarts=1000, sleep_time="0.2s")
    (engine.directory / "kitty.ini").write_text(
        "[general]\n" + "".join(f"{key} = {value}\n" for key, value in kitty.options.items())
    )
    engine.start()
    engine.create_list(LIST, ["anne@example.org"])
    return engine


def kept(engine):
    """Message-IDs in the maildir and in the mbox files."""
    archives = engine.var / "archives"
    if not (archives / "prototype" / LIST / "cur").exists():
        return []
    maildir = mailbox.Maildir(archives / "prototype" / LIST, create=False)
    found = [Counter(str(msg["message-id"]) for msg in maildir), Counter()]
    for path in sorted((archives / "mbox" / LIST).glob("*.mbox")):
        box = mailbox.mbox(path, create=False)
        found[1] += Counter(str(msg["message-id"]) for msg in box)
        box.close()
    return found


class TestArchives:
    def test_posts_say_where_they_are(self, engine, kitty):
        engine.post("anne@example.org", [LIST], TEXT.format("one"))
        (sent,) = until(engine.caught)
        (data,) = until(lambda: kitty.archive.get(LIST)).values()
        url = f"{kitty.url}/list/{LIST}/"
        for text in (sent, data):
            assert f"List-Archive: <{url}>".encode() in text.replace(b"\r\n\t", b"")
            assert f"Archived-At: <{url}message/".encode() in text.replace(b"\r\n\t", b" ")
        assert b"\r\nFrom one\r\n" in data
        until(lambda: kept(engine) == [Counter(["<one>"])] * 2)

    def test_every_post_is_archived_once_however_often_the_runner_is_killed(self, engine, kitty):
        expected = Counter(f"<{number}>" for number in range(60))
        kitty.mood, kitty.delay = "slow", 0.03
        moods = ["error", "slow", "nonsense", "slow", "error", "slow", "slow", "slow", "slow"]
        for number in range(60):
            engine.post("anne@example.org", [LIST], TEXT.format(number))
            if number % 7 == 3:
                kitty.mood = moods.pop(0)
                pid = engine.pid_of("-r archive")
                if pid is not None:
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.04)
        kitty.mood = "well"
        until(lambda: len(kitty.archive.get(LIST, ())) == 60, 60)
        until(lambda: not engine.queue("archive"), 60)
        assert kept(engine) == [expected, expected]
        assert Counter(f"<{name}>" for name in kitty.archive[LIST]) == expected
        # At most the one that was on its way when the runner was killed came twice.
        assert 60 <= len(kitty.posts) <= 69
        assert engine.queue("shunt") == engine.queue("bad") == 0

    def test_a_web_archive_that_is_away_gets_everything_later(self, engine, kitty):
        port, archive = kitty.port, kitty.archive
        kitty.close()
        for number in range(10):
            engine.post("anne@example.org", [LIST], TEXT.format(number))
        until(lambda: len(engine.caught()) == 10)
        until(lambda: sum(map(Counter.total, kept(engine))) == 20)
        assert engine.queue("archive") == 10
        assert archive == {}
        back = FakeHyperKitty(port)
        try:
            until(lambda: len(back.posts) == 10, 30)
            assert set(back.archive[LIST]) == {str(number) for number in range(10)}
            until(lambda: not engine.queue("archive"))
        finally:
            back.close()
        assert engine.log().count("gives no URLs and is not asked again for 60 s") <= 2
