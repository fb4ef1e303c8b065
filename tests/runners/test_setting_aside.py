"""What all queue runners do with entries that cannot be processed."""

from __future__ import annotations

import pytest

from mmcore.interfaces.queue import UnreadableEntryError
from runners.incoming import IncomingRunner
from runners.task import TaskRunner
from runners.virgin import VirginRunner
from tests.support.messages import message

POST = "From: anne@people.example.net\nMessage-ID: <m>\n\nHello.\n"


@pytest.fixture
def entry(engine, session):
    """Name of a committed entry in `in`."""
    mailroom = engine.mailroom(session.site)
    name = mailroom.enqueue("in", message(POST), {"listid": "gone.example.com"})
    session.commit()
    return name


def found(runner, queue):
    """The only entry of a queue."""
    board = runner.session.begin().queues[queue]
    [name] = board
    return board.get(name)


class TestSettingAside:
    def test_an_entry_without_its_list_goes_to_shunt_and_says_whence(self, opened, entry):
        runner = opened(IncomingRunner)
        assert runner.iterate()
        assert found(runner, "shunt").msgdata()["whichq"] == "in"
        assert len(runner.session.site.queues["in"]) == 0

    def test_a_notice_does_not_come_back_as_a_post(self, opened, engine, session):
        engine.mailroom(session.site).enqueue("virgin", message(POST), {"listid": "gone.x"})
        session.commit()
        runner = opened(VirginRunner)
        assert runner.iterate()
        assert found(runner, "shunt").msgdata()["whichq"] == "virgin"

    @pytest.mark.parametrize("trouble", [OSError("disk full"), UnreadableEntryError("gone")])
    def test_what_cannot_be_copied_is_shunted_with_its_metadata(
        self, opened, entry, monkeypatch, trouble
    ):
        runner = opened(IncomingRunner)

        def keep(content):
            raise trouble

        monkeypatch.setattr(runner.engine.content, "keep", keep)
        runner.set_aside(entry, RuntimeError("strange"))
        msgdata = found(runner, "shunt").msgdata()
        assert (msgdata["whichq"], msgdata["listid"]) == ("in", "gone.example.com")

    @pytest.mark.unsound
    def test_an_entry_that_cannot_be_read_goes_to_bad_as_it_is(self, opened, entry, vanish):
        vanish("in", entry)
        runner = opened(IncomingRunner)
        assert runner.iterate()
        site = runner.session.begin()
        assert (len(site.queues["in"]), site.queues["bad"].names()) == (0, [entry])


class TestHousekeeping:
    @pytest.mark.unsound
    def test_nothing_is_swept_while_an_entry_does_not_say_what_it_needs(
        self, opened, entry, engine, vanish, monkeypatch
    ):
        monkeypatch.setattr("mmcore.queue.content.GRACE_SECONDS", 0.0)
        monkeypatch.setattr("runners.task.pending_segments", lambda site, content: set())
        engine.content.close()
        vanish("in", entry)
        runner = opened(TaskRunner)
        runner.housekeeping()
        assert len(engine.content.segments()) == 1
