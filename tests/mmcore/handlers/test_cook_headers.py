from __future__ import annotations

import pytest

from mmcore import __version__
from mmcore.interfaces.mailing_list import Personalization, ReplyToMunging

POST = "From: a@example.com\nReply-To: b@example.com, B <B@Example.com>\n\n"


def replies(handle, text=POST, **msgdata):
    return handle("cook-headers", text, **msgdata)[0].get_all("reply-to", [])


class TestCookHeaders:
    def test_version_and_precedence_are_added(self, handle):
        msg, msgdata = handle("cook-headers", "From: A@example.com\n\n")
        assert msg["x-mailman-version"] == __version__
        assert msg["precedence"] == "list"
        assert msgdata["original_sender"] == "a@example.com"

    def test_version_and_precedence_that_are_there_stay(self, handle):
        msg, _msgdata = handle("cook-headers", "Precedence: bulk\nX-Mailman-Version: 0\n\n")
        assert msg.items() == [("Precedence", "bulk"), ("X-Mailman-Version", "0")]

    def test_no_automatic_answers_when_told_so(self, handle):
        assert handle("cook-headers", "X-Ack: yes\n\n", noack=True)[0].get_all("x-ack") == ["no"]
        assert "x-ack" not in handle("cook-headers", "\n")[0]


class TestReplyTo:
    def test_no_munging_leaves_the_field_alone(self, handle):
        text = "Reply-To: b@example.com,\n b@example.com\n\n"
        msg, _msgdata = handle("cook-headers", text)
        assert msg.as_bytes().startswith(b"Reply-To: b@example.com,\r\n b@example.com\r\n")

    def test_no_munging_makes_one_field_of_several(self, handle):
        text = "Reply-To: b@example.com\nReply-To: B@example.com, c@example.com\n\n"
        assert replies(handle, text) == ["b@example.com, c@example.com"]

    def test_no_munging_with_strip_removes_the_field(self, handle, mlist):
        mlist.first_strip_reply_to = True
        assert replies(handle) == []

    def test_point_to_list(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.point_to_list
        mlist.description = "Größe"
        assert replies(handle) == ["b@example.com, =?utf-8?b?R3LDtsOfZQ==?= <test@example.com>"]
        mlist.first_strip_reply_to = True
        assert replies(handle) == ["=?utf-8?b?R3LDtsOfZQ==?= <test@example.com>"]

    def test_description_cannot_add_fields(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.point_to_list
        mlist.description = "First\nBcc: x@example.com"
        assert replies(handle, "\n") == ['"First ..." <test@example.com>']

    @pytest.mark.parametrize(
        "munging", [ReplyToMunging.explicit_header, ReplyToMunging.explicit_header_only]
    )
    def test_explicit_header(self, handle, mlist, munging):
        mlist.reply_goes_to_list = munging
        mlist.reply_to_address = "office@example.com"
        assert replies(handle) == ["office@example.com, b@example.com"]
        mlist.first_strip_reply_to = True
        assert replies(handle) == ["office@example.com"]

    def test_own_messages_are_not_munged(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.point_to_list
        assert replies(handle, "\n", _fasttrack=True) == []


class TestFullPersonalization:
    @pytest.fixture(autouse=True)
    def full(self, mlist):
        mlist.personalize = Personalization.full
        mlist.description = "My list"

    def test_list_is_named_in_cc(self, handle):
        msg, _msgdata = handle("cook-headers", "Cc: a@example.com\nCc: A@example.com\n\n")
        assert msg.get_all("cc") == ["a@example.com, My list <test@example.com>"]

    def test_not_when_replies_go_there_anyway(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.point_to_list
        assert "cc" not in handle("cook-headers", "\n")[0]

    def test_not_when_replies_go_elsewhere_only(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.explicit_header_only
        assert "cc" not in handle("cook-headers", "\n")[0]

    def test_not_on_anonymous_lists(self, handle, mlist):
        mlist.anonymous_list = True
        assert "cc" not in handle("cook-headers", "\n")[0]
