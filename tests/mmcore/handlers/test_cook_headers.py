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
        text = "Reply-To: Ann <b@example.com>,\n c@example.com\n\n"
        msg, _msgdata = handle("cook-headers", text)
        assert msg.as_bytes().startswith(b"Reply-To: Ann <b@example.com>,\r\n c@example.com\r\n")

    def test_an_address_that_is_there_twice_is_named_once(self, handle):
        text = "Reply-To: b@example.com,\n B <B@example.com>, c@example.com\n\n"
        assert replies(handle, text) == ["b@example.com, c@example.com"]

    @pytest.mark.parametrize("munging", ReplyToMunging)
    @pytest.mark.parametrize("empty", ["", " ", '""', ",", "<>"])
    def test_a_field_without_an_address_is_removed(self, handle, mlist, munging, empty):
        mlist.reply_goes_to_list = munging
        values = replies(handle, f"Reply-To: {empty}\n\n")
        to_list = munging is ReplyToMunging.point_to_list
        assert values == (["test@example.com"] if to_list else [])

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

    def test_the_list_is_not_named_twice(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.point_to_list
        assert replies(handle, "Reply-To: The list <TEST@example.com>\n\n") == [
            "The list <TEST@example.com>"
        ]

    @pytest.mark.parametrize(
        ("munging", "strip", "expected"),
        [
            (ReplyToMunging.no_munging, False, ["a@example.net, b@example.net"]),
            (ReplyToMunging.no_munging, True, []),
            (
                ReplyToMunging.point_to_list,
                False,
                ["a@example.net, b@example.net, My list <test@example.com>"],
            ),
            (ReplyToMunging.point_to_list, True, ["My list <test@example.com>"]),
            (
                ReplyToMunging.explicit_header,
                False,
                ["office@example.net, a@example.net, b@example.net"],
            ),
            (ReplyToMunging.explicit_header, True, ["office@example.net"]),
            (
                ReplyToMunging.explicit_header_only,
                False,
                ["office@example.net, a@example.net, b@example.net"],
            ),
            (ReplyToMunging.explicit_header_only, True, ["office@example.net"]),
        ],
    )
    def test_every_case(self, handle, mlist, munging, strip, expected):
        mlist.description = "My list"
        mlist.reply_goes_to_list = munging
        mlist.first_strip_reply_to = strip
        mlist.reply_to_address = "office@example.net"
        text = "Reply-To: a@example.net\nReply-To: b@example.net, A@Example.net\n\n"
        assert replies(handle, text) == expected
        # Nothing is left to be done then.
        again = "".join(f"Reply-To: {value}\n" for value in expected) + "\n"
        assert replies(handle, again) == expected

    @pytest.mark.parametrize("strip", [False, True])
    @pytest.mark.parametrize("munging", ReplyToMunging)
    def test_nothing_of_it_for_what_the_engine_wrote(self, handle, mlist, munging, strip):
        mlist.reply_goes_to_list = munging
        mlist.first_strip_reply_to = strip
        mlist.reply_to_address = "office@example.net"
        mlist.personalize = Personalization.full
        msg = handle("cook-headers", "Reply-To: b@example.com\n\n", _fasttrack=True)[0]
        assert msg.get_all("reply-to") == ["b@example.com"]
        assert "cc" not in msg
        assert msg["precedence"] == "list"

    def test_without_an_address_explicit_header_leaves_the_authors(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.explicit_header
        mlist.reply_to_address = ""
        assert replies(handle, "Reply-To: b@example.com\n\n") == ["b@example.com"]

    def test_anonymous_lists_have_the_same_cases(self, handle, mlist):
        mlist.anonymous_list = True
        mlist.reply_goes_to_list = ReplyToMunging.explicit_header
        mlist.reply_to_address = "office@example.net"
        text = "Reply-To: test@example.com\n\n"
        assert replies(handle, text) == ["office@example.net, test@example.com"]

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

    def test_others_stay_in_cc_when_replies_go_elsewhere_only(self, handle, mlist):
        mlist.reply_goes_to_list = ReplyToMunging.explicit_header_only
        msg, _msgdata = handle("cook-headers", "Cc: A <a@example.com>\nCc: b@example.com\n\n")
        assert msg.get_all("cc") == ["A <a@example.com>, b@example.com"]

    def test_encoded_description(self, handle, mlist):
        mlist.description = "Größe\r\nBcc: x@example.com"
        msg, _msgdata = handle("cook-headers", "Subject: x\n\n")
        assert msg.decoded("cc") == "Größe ... <test@example.com>"
        assert b"bcc" not in msg.as_bytes().lower()

    @pytest.mark.parametrize("personalize", [Personalization.none, Personalization.individual])
    def test_not_without_it(self, handle, mlist, personalize):
        mlist.personalize = personalize
        assert "cc" not in handle("cook-headers", "\n")[0]


#: (munging, first_strip_reply_to) -> what Reply-To has, of the fields of POST.
REPLIES = {
    (ReplyToMunging.no_munging, False): "b@example.com, c@example.com",
    (ReplyToMunging.no_munging, True): None,
    (
        ReplyToMunging.point_to_list,
        False,
    ): "b@example.com, c@example.com, My list <test@example.com>",
    (ReplyToMunging.point_to_list, True): "My list <test@example.com>",
    (ReplyToMunging.explicit_header, False): "office@example.com, b@example.com, c@example.com",
    (ReplyToMunging.explicit_header, True): "office@example.com",
    (ReplyToMunging.explicit_header_only, False): (
        "office@example.com, b@example.com, c@example.com"
    ),
    (ReplyToMunging.explicit_header_only, True): "office@example.com",
}
#: The same on an anonymous list, where the author's fields have made way for that of the list.
ANONYMOUS_REPLIES = {
    (ReplyToMunging.no_munging, False): "test@example.com",
    (ReplyToMunging.no_munging, True): None,
    (ReplyToMunging.point_to_list, False): "test@example.com",
    (ReplyToMunging.point_to_list, True): "My list <test@example.com>",
    (ReplyToMunging.explicit_header, False): "office@example.com, test@example.com",
    (ReplyToMunging.explicit_header, True): "office@example.com",
    (ReplyToMunging.explicit_header_only, False): "office@example.com, test@example.com",
    (ReplyToMunging.explicit_header_only, True): "office@example.com",
}
SEVERAL = """\
From: a@example.com
Reply-To: b@example.com, c@example.com
Reply-To: B@Example.com

"""


class TestEveryReplyTo:
    @pytest.mark.parametrize("fasttrack", [False, True])
    @pytest.mark.parametrize("anonymous", [False, True])
    @pytest.mark.parametrize("strip", [False, True])
    @pytest.mark.parametrize("munging", list(ReplyToMunging))
    def test_field_is_that_of_the_table(self, handle, mlist, munging, strip, anonymous, fasttrack):
        mlist.description = "My list"
        mlist.reply_goes_to_list = munging
        mlist.reply_to_address = "office@example.com"
        mlist.first_strip_reply_to = strip
        mlist.anonymous_list = anonymous
        msg, msgdata = handle("cleanse", SEVERAL, _fasttrack=fasttrack)
        before = msg.get_all("reply-to")
        msg, _msgdata = handle("cook-headers", msg, **msgdata)
        expected = (ANONYMOUS_REPLIES if anonymous else REPLIES)[munging, strip]
        if fasttrack:
            assert msg.get_all("reply-to") == before
        else:
            assert msg.get_all("reply-to", [None]) == [expected]

    @pytest.mark.parametrize("munging", list(ReplyToMunging))
    def test_lists_that_have_said_nothing_do_not_munge(self, handle, mlist, munging):
        mlist.reply_goes_to_list = munging
        mlist.description = ""
        expected = {ReplyToMunging.point_to_list: "d@example.com, test@example.com"}
        text = "From: a@example.com\nReply-To: d@example.com\n\n"
        assert replies(handle, text) == [expected.get(munging, "d@example.com")]
