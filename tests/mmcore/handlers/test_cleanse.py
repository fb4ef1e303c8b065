from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest

from mmcore.handlers.cleanse import Cleanse
from mmcore.message.headers import message_id_hash
from tests.support.messages import message

ANONYMIZED = """\
Received: from laptop
Return-Path: <anne@example.org>
DKIM-Signature: v=1; d=example.org
ARC-Seal: i=1
From: Anne <anne@example.org>
Reply-To: anne@example.org
Sender: anne@example.org
Organization: Example
X-Originating-Email: anne@example.org
X-Mailer: Anne's
X-Spam-Score: 1
X-Topics: t
X-Topics-Of-Anne: t
X-MailFrom: anne@example.org
Message-ID: <anne>
Message-ID-Hash: OLD
X-Message-ID-Hash: OLD
Subject: x
To: test@example.com

Hi.
"""


class TestCleanse:
    @pytest.mark.parametrize(
        "name",
        [
            "Approved",
            "Approve",
            "X-Approved",
            "X-Approve",
            "Urgent",
            "Return-Receipt-To",
            "Disposition-Notification-To",
            "X-Confirm-Reading-To",
            "X-PMRQC",
            "Archived-At",
        ],
    )
    def test_field_is_removed_from_every_post(self, handle, name):
        msg, _msgdata = handle("cleanse", f"{name}: x\nSubject: y\n{name}: z\n\n")
        assert list(msg) == ["Subject"]

    def test_other_posts_are_not_touched(self, handle):
        assert not handle("cleanse", "X-Mailer: x\nFrom: a@example.com\n\n")[0].header_changed


class TestAnonymousList:
    @pytest.fixture
    def msg(self, handle, mlist):
        mlist.anonymous_list = True
        mlist.description = 'The "best" list'
        return handle("cleanse", ANONYMIZED)[0]

    def test_nothing_of_the_author_stays(self, msg):
        assert b"anne" not in msg.as_bytes().lower()
        assert list(msg) == [
            "X-Spam-Score",
            "X-Topics",
            "Subject",
            "To",
            "Message-ID",
            "Message-ID-Hash",
            "X-Message-ID-Hash",
            "From",
            "Reply-To",
        ]

    def test_the_list_is_the_author(self, msg):
        assert msg["from"] == '"The \\"best\\" list" <test@example.com>'
        assert msg["reply-to"] == "test@example.com"

    def test_new_message_id_and_its_hash(self, msg):
        assert msg["message-id"].endswith("@example.com>")
        assert msg["message-id-hash"] == message_id_hash(msg["message-id"])
        assert msg["x-message-id-hash"] == message_id_hash(msg["message-id"])

    def test_the_same_message_id_whenever_it_is_done(self, handle, msg):
        assert handle("cleanse", ANONYMIZED)[0]["message-id"] == msg["message-id"]

    def test_who_does_not_know_the_sites_secret_cannot_tell_it_from_the_old_one(
        self, handle, msg, site
    ):
        site.secret = b"another"
        assert handle("cleanse", ANONYMIZED)[0]["message-id"] != msg["message-id"]

    def test_a_message_without_one_gets_any(self, handle, mlist):
        mlist.anonymous_list = True
        bare = ANONYMIZED.replace("Message-ID: <anne>\n", "")
        one, other = (handle("cleanse", bare)[0]["message-id"] for _ in range(2))
        assert one != other

    def test_it_is_logged(self, handle, mlist, caplog):
        mlist.anonymous_list = True
        with caplog.at_level(logging.INFO, "mmcore.smtp"):
            handle("cleanse", ANONYMIZED)
        assert caplog.messages == [
            "post to test@example.com from Anne <anne@example.org> anonymized"
        ]

    def test_list_without_a_description(self, handle, mlist):
        mlist.anonymous_list = True
        assert handle("cleanse", ANONYMIZED)[0]["from"] == "test@example.com"

    def test_settings_say_which_other_fields_stay(self, engine, mlist):
        engine.settings.mmcore.anonymous_list_keep_headers = ("^x-spam-", "^x-topics:", "agent")
        handler = Cleanse(engine)
        mlist.anonymous_list = True
        msg = message("X-Spam-A: 1\nX-Topics: 1\nX-Topics-B: 1\nX-Agent: 1\nUser-Agent: 1\n\n")
        handler.process(mlist, msg, {})
        assert [name for name in msg if name.startswith(("X-Spam", "X-T", "X-A", "User"))] == [
            "X-Spam-A",
            "X-Topics",
        ]

    @pytest.mark.parametrize(
        ("description", "expected"),
        [
            ("Größe", "=?utf-8?b?R3LDtsOfZQ==?= <test@example.com>"),
            ("One\nBcc: x@example.com", '"One ..." <test@example.com>'),
            ("A, B", '"A, B" <test@example.com>'),
        ],
    )
    def test_odd_descriptions(self, handle, mlist, description, expected):
        mlist.anonymous_list = True
        mlist.description = description
        msg = handle("cleanse", ANONYMIZED)[0]
        assert msg.get_all("from") == [expected]
        assert "bcc" not in msg

    def test_fields_that_come_more_than_once_go_all(self, handle, mlist):
        mlist.anonymous_list = True
        msg = handle("cleanse", "FROM: a@b.cc\nreceived: x\nReceived: y\nFrom: d@e.ff\n\n")[0]
        assert msg.items() == [
            ("Message-ID", msg["message-id"]),
            ("Message-ID-Hash", msg["message-id-hash"]),
            ("X-Message-ID-Hash", msg["message-id-hash"]),
            ("From", "test@example.com"),
            ("Reply-To", "test@example.com"),
        ]

    def test_what_is_removed_everywhere_goes_here_too(self, handle, mlist):
        mlist.anonymous_list = True
        msg = handle("cleanse", "Approved: x\nX-Approve: y\nUrgent: z\n\n")[0]
        assert not {"approved", "x-approve", "urgent"}.intersection(msg.keys())


class TestKeptFields:
    @pytest.fixture
    def kept(self, settings, mlist):
        """kept(*patterns): names of the X- fields that an anonymous list keeps then."""
        mlist.anonymous_list = True

        def kept(*patterns):
            settings.mmcore.anonymous_list_keep_headers = patterns
            msg = message("X-One: 1\nX-One-More: 2\nx-ONE: 3\nAn-X-One: 4\nX-Two: 5\n\n")
            Cleanse(SimpleNamespace(settings=settings)).process(mlist, msg, {})
            return [name for name in msg if "hash" not in name.lower() and "X" in name.upper()]

        return kept

    def test_a_pattern_is_the_beginning_of_a_name(self, kept):
        assert kept("^x-one") == ["X-One", "X-One-More", "x-ONE", "An-X-One"]

    def test_one_with_a_colon_is_all_of_it(self, kept):
        assert kept("^X-One:") == ["X-One", "x-ONE", "An-X-One"]

    def test_several(self, kept):
        assert kept("x-two", "x-one-") == ["X-One-More", "An-X-One", "X-Two"]

    def test_other_fields_of_the_author_are_not_asked_for(self, kept):
        assert kept() == ["An-X-One"]

    def test_what_tells_the_author_goes_even_if_a_pattern_would_keep_it(self, handle, mlist):
        mlist.anonymous_list = True
        msg = handle("cleanse", "X-MailFrom: a@b.cc\nX-Envelope-From: a@b.cc\n"
                     "X-Originating-Email: a@b.cc\nX-Ack: no\n\n")[0]  # fmt: skip
        assert [name for name in msg if name.startswith("X-") and "Hash" not in name] == ["X-Ack"]
