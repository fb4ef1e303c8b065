"""The archiver `mail-archive`: posts of public lists are mailed away."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mmcore.interfaces.archiver import Mailing
from mmcore.interfaces.mailing_list import ArchivePolicy
from mmcore.message.message import Message
from mmcore.testing.archivers import ArchiverContract, post


class TestMailArchive(ArchiverContract):
    name = "mail-archive"

    def archived(self, engine, mlist):
        # Nothing is kept here.
        return []

    def out_of_order(self, engine):
        return None

    def test_posts_are_mailed_as_they_are(self, archiver, mlist):
        msg = post("a@example.com")
        assert archiver.archive_message(mlist, msg) == Mailing(msg, ("archive@mail-archive.com",))

    def test_urls_are_made_of_the_hash(self, archiver, mlist):
        assert archiver.list_url(mlist) == "https://www.mail-archive.com/ant%40example.com"
        msg = Message.parse(b"Message-ID: <ant>\r\nMessage-ID-Hash: MS6QLWERIJLG\r\n\r\n")
        assert archiver.permalink(mlist, msg) == "https://www.mail-archive.com/MS6QLWERIJLG"

    def test_the_old_name_of_the_field_will_do(self, archiver, mlist):
        msg = Message.parse(b"X-Message-ID-Hash: MS6QLWERIJLG\r\n\r\n")
        assert archiver.permalink(mlist, msg) == "https://www.mail-archive.com/MS6QLWERIJLG"
        assert archiver.permalink(mlist, Message.parse(b"Message-ID: <ant>\r\n\r\n")) is None

    @pytest.mark.parametrize("policy", [ArchivePolicy.private, ArchivePolicy.never])
    def test_only_public_lists_take_part(self, archiver, mlist, policy):
        private = replace(mlist, archive_policy=policy)
        assert archiver.list_url(private) is None
        assert archiver.permalink(private, post("a@example.com")) is None
        assert archiver.archive_message(private, post("a@example.com")) is None


class TestElsewhere(TestMailArchive):
    """With settings of its own."""

    @pytest.fixture
    def options(self):
        return {"base_url": "https://archive.example.org/x", "recipient": "in@example.org"}

    def test_posts_are_mailed_as_they_are(self, archiver, mlist):
        assert archiver.archive_message(mlist, post("a")).recipients == ("in@example.org",)

    def test_urls_are_made_of_the_hash(self, archiver, mlist):
        assert archiver.list_url(mlist) == "https://archive.example.org/x/ant%40example.com"

    def test_the_old_name_of_the_field_will_do(self, archiver, mlist):
        msg = Message.parse(b"X-Message-ID-Hash: MS6QLWERIJLG\r\n\r\n")
        assert archiver.permalink(mlist, msg) == "https://archive.example.org/x/MS6QLWERIJLG"
