from __future__ import annotations

import logging

import pytest

from mmcore.message.headers import message_id_hash

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
