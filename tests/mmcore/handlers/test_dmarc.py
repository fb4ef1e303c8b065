from __future__ import annotations

import logging

import pytest

from mmcore.interfaces.mailing_list import DMARCMitigateAction, ReplyToMunging
from mmcore.interfaces.member import MemberRole
from mmcore.message.message import Message
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message

TEXT = """\
Received: by mx.example.com
From: Anne Person <anne@example.org>
To: test@example.com
Subject: Hi
Date: Mon, 1 Aug 2005 07:49:23 +0000
Message-ID: <1>
In-Reply-To: <0>
References: <0>
DKIM-Signature: v=1; d=example.org
List-Id: <test.example.com>
X-Mailman-Version: 1
Precedence: list

Hi.
"""


@pytest.fixture
def munging(mlist):
    mlist.display_name = "Test"
    mlist.dmarc_mitigate_action = DMARCMitigateAction.munge_from
    return mlist


@pytest.fixture
def wrapping(mlist):
    mlist.display_name = "Test"
    mlist.dmarc_mitigate_action = DMARCMitigateAction.wrap_message
    return mlist


@pytest.fixture
def mitigate(handle):
    """mitigate(text or message, **metadata) -> the message, of which DMARC asks for it."""

    def mitigate(msg, **msgdata):
        return handle("dmarc", msg, dmarc=True, **msgdata)[0]

    return mitigate


class TestWhen:
    def test_only_where_the_rule_has_said_so(self, handle, munging):
        assert not handle("dmarc", TEXT)[0].header_changed
        assert handle("dmarc", TEXT, dmarc=True)[0].header_changed

    def test_or_the_list_always_wants_it(self, handle, munging):
        munging.dmarc_mitigate_unconditionally = True
        assert handle("dmarc", TEXT)[0].header_changed

    def test_never_on_anonymous_lists(self, mitigate, munging):
        munging.anonymous_list = True
        munging.dmarc_mitigate_unconditionally = True
        assert not mitigate(TEXT).header_changed

    @pytest.mark.parametrize("action", ["reject", "discard"])
    def test_what_rejects_cannot_be_done_always(self, handle, mlist, caplog, action):
        mlist.dmarc_mitigate_action = DMARCMitigateAction[action]
        mlist.dmarc_mitigate_unconditionally = True
        with caplog.at_level(logging.WARNING):
            assert not handle("dmarc", TEXT)[0].header_changed
        assert f"dmarc_mitigate_action is {action}" in caplog.text

    def test_no_mitigation_is_none(self, handle, mlist, caplog):
        mlist.dmarc_mitigate_action = DMARCMitigateAction.no_mitigation
        mlist.dmarc_mitigate_unconditionally = True
        assert not handle("dmarc", TEXT, dmarc=True)[0].header_changed
        assert caplog.messages == []


class TestMungeFrom:
    def test_the_list_is_the_author_and_replies_still_reach_her(self, mitigate, munging):
        msg = mitigate(TEXT)
        assert msg["from"] == "Anne Person via Test <test@example.com>"
        assert msg["reply-to"] == "Anne Person <anne@example.org>"
        assert msg.keys()[1] == "From"
        changed = {"From", "Reply-To"}
        before = [field for field in message(TEXT).items() if field[0] not in changed]
        assert [field for field in msg.items() if field[0] not in changed] == before
        assert not msg.body_changed

    def test_a_reply_to_of_her_own_is_added_to(self, mitigate, munging):
        msg = mitigate("Reply-To: bob@example.net\n" + TEXT)
        assert msg["reply-to"] == "bob@example.net, Anne Person <anne@example.org>"
        assert msg.keys()[0] == "Reply-To"

    def test_who_is_in_it_already_is_not_added(self, mitigate, munging):
        msg = mitigate("Reply-To: ANNE@example.org\n" + TEXT)
        assert msg["reply-to"] == "ANNE@example.org"

    @pytest.mark.parametrize(
        "where",
        [
            ReplyToMunging.point_to_list,
            ReplyToMunging.explicit_header,
            ReplyToMunging.explicit_header_only,
        ],
    )
    def test_where_replies_go_elsewhere_she_is_in_cc(self, mitigate, munging, where):
        munging.reply_goes_to_list = where
        msg = mitigate("Cc: bob@example.net\nReply-To: test@example.com\n" + TEXT)
        assert msg["cc"] == "bob@example.net, Anne Person <anne@example.org>"
        assert msg["reply-to"] == "test@example.com"

    def test_encoded_names_are_decoded_and_encoded_again(self, mitigate, munging):
        munging.display_name = "Tëst"
        msg = mitigate("From: =?iso-8859-1?q?Gr=FC=DFe?= <g@example.org>\n\n")
        assert msg["from"].isascii()
        assert msg.decoded("from") == "Grüße via Tëst <test@example.com>"
        assert msg.decoded("reply-to") == "Grüße <g@example.org>"

    def test_the_words_are_in_the_lists_language(self, mitigate, munging, monkeypatch):
        seen = []
        monkeypatch.setattr(
            "mmcore.handlers.dmarc._", lambda text, **values: seen.append(values) or "über"
        )
        assert mitigate(TEXT).decoded("from") == "über <test@example.com>"
        assert seen == [{"author": "Anne Person", "listname": "Test"}]

    def test_a_member_without_a_name_in_the_post_has_that_of_the_membership(
        self, mitigate, munging, anne
    ):
        msg = mitigate("From: aperson@example.com\n\n")
        assert msg["from"] == "Anne Person via Test <test@example.com>"
        assert msg["reply-to"] == "aperson@example.com"

    def test_and_so_has_a_nonmember(self, mitigate, munging, site):
        site.users.make("nora@example.org", "Nora N")
        munging.subscribe(site.addresses.get("nora@example.org"), MemberRole.nonmember)
        msg = mitigate("From: nora@example.org\n\n")
        assert msg["from"] == "Nora N via Test <test@example.com>"

    def test_without_any_name_the_address_is_shown_without_its_domain(self, mitigate, munging):
        msg = mitigate("From: anne@mail.example.org\n\n")
        assert msg["from"] == "anne--- via Test <test@example.com>"

    def test_nor_does_a_name_pretend_to_be_an_address(self, mitigate, munging):
        msg = mitigate('From: "ceo@bank.example.org" <mallory@example.net>\n\n')
        assert msg["from"] == "ceo--- via Test <test@example.com>"
        msg = mitigate('From: "Anne @ home.org office" <anne@example.net>\n\n')
        assert msg["from"] == '"Anne @ home.org office via Test" <test@example.com>'

    @pytest.mark.parametrize(
        "fields", ["From: a@example.org, b@example.org", "From: x\nFrom: y", "From: <>", "X: y"]
    )
    def test_no_or_several_authors_give_way_to_the_sender(self, mitigate, munging, fields):
        msg = mitigate(fields + "\n\n", original_sender="sender@example.net")
        assert msg.get_all("from") == ["sender--- via Test <test@example.com>"]
        assert msg["reply-to"] == "sender@example.net"

    def test_nobody_at_all(self, mitigate, munging):
        msg = mitigate("Subject: x\n\n", original_sender="")
        assert msg["from"] == "via Test <test@example.com>"
        assert "reply-to" not in msg

    def test_names_cannot_begin_another_field(self, mitigate, munging):
        munging.display_name = "Test\r\nBcc: all@example.com"
        msg = mitigate("From: =?utf-8?q?a=0D=0ABcc:_x=40y.org?= <a@example.org>\n\n")
        assert "bcc" not in Message.parse(msg.as_bytes())

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_it_copes_with_malformed_messages(self, mitigate, munging, sample):
        msg = malformed(sample)
        body = msg.body_bytes()
        mitigate(msg, original_sender="a@example.org")
        assert msg.get_all("from") is not None
        assert len(msg.get_all("from")) == 1
        assert msg["from"].endswith("<test@example.com>")
        assert msg.body_bytes() == body


class TestWrapMessage:
    def test_the_post_is_inside_byte_for_byte(self, mitigate, wrapping):
        inside = message(TEXT).as_bytes()
        msg = mitigate(TEXT)
        assert msg.get_content_type() == "message/rfc822"
        assert msg["content-disposition"] == "inline"
        assert msg.body_bytes() == inside

    def test_outside_are_the_lists_fields_and_a_new_id(self, mitigate, wrapping):
        msg = mitigate(TEXT)
        assert msg["from"] == "Anne Person via Test <test@example.com>"
        assert msg["reply-to"] == "Anne Person <anne@example.org>"
        assert msg["message-id"] not in (None, "<1>")
        assert msg["message-id"].endswith("@example.com>")
        assert sorted(name.lower() for name in msg) == [
            "content-disposition", "content-type", "date", "from", "in-reply-to", "list-id",
            "message-id", "mime-version", "precedence", "references", "reply-to", "subject",
            "to", "x-mailman-version",
        ]  # fmt: skip

    def test_the_new_id_is_the_same_when_it_is_done_again(self, mitigate, wrapping):
        assert mitigate(TEXT)["message-id"] == mitigate(TEXT)["message-id"]
        other = TEXT.replace("<1>", "<2>")
        assert mitigate(TEXT)["message-id"] != mitigate(other)["message-id"]

    def test_the_other_one_of_cc_and_reply_to_stays(self, mitigate, wrapping):
        msg = mitigate("Cc:  =?utf-8?q?b=C3=B6b?=  <bob@example.net>\n" + TEXT)
        assert b"Cc:  =?utf-8?q?b=C3=B6b?=  <bob@example.net>\r\n" in msg.header_bytes()
        wrapping.reply_goes_to_list = ReplyToMunging.point_to_list
        msg = mitigate("Reply-To: test@example.com\n" + TEXT)
        assert msg["reply-to"] == "test@example.com"
        assert msg["cc"] == "Anne Person <anne@example.org>"

    def test_a_text_explains_it_if_the_list_has_one(self, mitigate, wrapping):
        wrapping.dmarc_wrapped_message_text = "Wörter " * 30
        inside = message(TEXT).as_bytes()
        msg = Message.parse(mitigate(TEXT).as_bytes())
        text, post = msg.get_payload()
        assert msg.get_content_type() == "multipart/mixed"
        lines = text.get_payload(decode=True).decode(text.get_content_charset()).splitlines()
        assert len(lines) > 2
        assert max(map(len, lines)) <= 70
        assert [part["content-disposition"] for part in (text, post)] == ["inline", "inline"]
        assert post.get_payload()[0].as_bytes() == inside

    def test_eight_bit_posts_say_so_outside(self, mitigate, wrapping):
        msg = Message.parse(b"From: a@example.org\r\nMessage-ID: <1>\r\n\r\nGr\xfc\xdfe\r\n")
        assert mitigate(msg)["content-transfer-encoding"] == "8bit"

    @pytest.mark.parametrize("text", ["", "Explained."])
    @pytest.mark.parametrize("sample", MALFORMED)
    def test_malformed_posts_stay_as_they_are_too(self, mitigate, wrapping, sample, text):
        wrapping.dmarc_wrapped_message_text = text
        msg = malformed(sample)
        inside = msg.as_bytes()
        mitigate(msg, original_sender="a@example.org")
        assert inside in msg.as_bytes()
        assert len(msg.get_all("from")) == 1
        assert Message.parse(msg.as_bytes()).as_bytes() == msg.as_bytes()
