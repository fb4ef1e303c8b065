"""The archiver `prototype`: a maildir for each list."""

from __future__ import annotations

import mailbox
import os
from contextlib import contextmanager
from datetime import datetime

import pytest

from mmcore.testing.archivers import ArchiverContract, list_named, post


def maildir(engine, mlist):
    return engine.settings.paths.archive_dir / "prototype" / mlist.posting_address


class TestPrototype(ArchiverContract):
    name = "prototype"

    def archived(self, engine, mlist):
        box = mailbox.Maildir(maildir(engine, mlist), create=False)
        found = sorted(box, key=lambda msg: msg["message-id"])
        return [msg["message-id"] for msg in found]

    def out_of_order(self, engine):
        return in_the_way(engine.settings.paths.archive_dir / "prototype")

    def test_the_bytes_are_those_of_the_message(self, archiver, engine, mlist):
        msg = post("a@example.com", "From here\r\n\xff")
        self.give(archiver, mlist, msg)
        (path,) = (maildir(engine, mlist) / "new").iterdir()
        assert path.read_bytes() == msg.as_bytes()

    def test_it_is_named_for_the_time_when_it_came(self, archiver, engine, mlist):
        msg = post("a@example.com")
        msg.received_time = datetime(2001, 9, 9, 1, 46, 40)
        archiver.archive_message(mlist, msg)
        (name,) = os.listdir(maildir(engine, mlist) / "new")
        assert name.startswith("1000000000.")

    def test_there_are_no_urls(self, archiver, mlist):
        assert archiver.list_url(mlist) is None
        assert archiver.permalink(mlist, post("a@example.com")) is None

    def test_a_message_that_somebody_has_read_does_not_come_back(self, archiver, engine, mlist):
        self.give(archiver, mlist, post("a@example.com"))
        folder = maildir(engine, mlist)
        (path,) = (folder / "new").iterdir()
        path.rename(folder / "cur" / f"{path.name}:2,S")
        self.give(archiver, mlist, post("a@example.com"))
        assert os.listdir(folder / "new") == []
        self.give(archiver, mlist, post("b@example.com"))
        assert len(os.listdir(folder / "new")) == 1

    def test_what_a_crash_left_behind_is_written_over(self, archiver, engine, mlist):
        self.give(archiver, mlist, post("a@example.com"))
        folder = maildir(engine, mlist)
        (path,) = (folder / "new").iterdir()
        path.rename(folder / "tmp" / path.name)
        (folder / "tmp" / path.name).write_bytes(b"From: torn")
        self.give(archiver, mlist, post("a@example.com"))
        assert os.listdir(folder / "tmp") == []
        assert self.archived(engine, mlist) == ["<a@example.com>"]

    def test_two_posts_with_the_same_id_are_both_kept(self, archiver, engine, mlist):
        for text in ("one", "two"):
            self.give(archiver, mlist, post("a@example.com", text))
        assert self.archived(engine, mlist) == ["<a@example.com>"] * 2

    @pytest.mark.parametrize("name", ["..@example.com", "a/b@example.com", "../x@example.com"])
    def test_no_name_of_a_list_leads_out_of_the_directory(self, archiver, engine, name):
        self.give(archiver, list_named(name), post("a@example.com"))
        (folder,) = (engine.settings.paths.archive_dir / "prototype").iterdir()
        assert os.listdir(folder / "new")


@contextmanager
def in_the_way(path):
    """A file where a directory should be; also whoever may do anything cannot write there."""
    path.write_text("in the way")
    yield
    path.unlink()
