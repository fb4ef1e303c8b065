"""Posts become articles, articles become posts; what need not change does not."""

from __future__ import annotations

import pytest

from mmcore.interfaces.mailing_list import NewsgroupModeration
from mmcore.message.message import Message
from mmcore.services.news_article import is_of_list, make_article, make_post, newsgroup_of, pairs
from mmcore.services.news_server import NewsServer
from tests.support import nntpd
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message

POST = """\
From: anne@example.com
To: test@example.com
Subject: [Test] Hello
Date: Sat, 21 Nov 2026 00:00:00 +0000
Message-ID: <first@example.com>

One.
Two.
"""


@pytest.fixture
def article(mlist, settings):
    """article(text, **metadata) -> the article of a post."""
    mlist.linked_newsgroup = "misc.test"

    def article(text=POST, **msgdata):
        msg = message(text) if isinstance(text, str) else text
        make_article(mlist, msg, msgdata, settings.nntp)
        return msg

    return article


class TestMakeArticle:
    def test_it_goes_to_the_group_and_has_its_lines_counted(self, article):
        made = article()
        assert (made["newsgroups"], made["lines"]) == ("misc.test", "2")
        assert made["list-id"] == "<test.example.com>"
        assert made["subject"] == "[Test] Hello"
        assert made.body_bytes() == b"One.\r\nTwo.\r\n"
        assert "approved" not in made

    def test_to_do_it_again_changes_nothing(self, mlist, article):
        mlist.newsgroup_moderation = NewsgroupModeration.moderated
        once = article("Newsgroups: comp.x\nTo: a\nTo: b\n" + POST)
        twice = article(Message.parse(once.as_bytes()))
        assert sorted(twice.items()) == sorted(once.items())

    @pytest.mark.parametrize("moderation", ["open_moderated", "moderated"])
    def test_in_a_moderated_group_the_list_approves(self, mlist, article, moderation):
        mlist.newsgroup_moderation = NewsgroupModeration[moderation]
        assert article("Approved: secret\n" + POST).get_all("approved") == ["test@example.com"]

    def test_a_password_of_a_moderator_is_never_posted(self, article):
        assert "approved" not in article("Approved: secret\n" + POST)

    def test_the_prefix_can_stay_behind(self, mlist, article):
        mlist.nntp_prefix_subject_too = False
        assert article(stripped_subject="Re: Grüße")["subject"] == "=?utf-8?b?UmU6IEdyw7zDn2U=?="
        assert article(original_subject="Hello")["subject"] == "Hello"
        assert article()["subject"] == "[Test] Hello"

    def test_a_group_is_added_to_others(self, article):
        assert article("Newsgroups: comp.x, comp.y\n" + POST)["newsgroups"] == (
            "comp.x,comp.y,misc.test"
        )
        assert article("Newsgroups: comp.x,misc.test\n" + POST)["newsgroups"] == "comp.x,misc.test"

    @pytest.mark.parametrize(
        "bad", ["", "none", "<a b@example.com>", "<a@example.com> x", f"<{'a' * 250}@example.com>"]
    )
    def test_a_message_id_that_servers_refuse_is_replaced(self, article, bad):
        made = article(POST.replace("<first@example.com>", bad))
        assert made["message-id"].endswith("@example.com>")
        assert made["message-id"] != bad
        assert made.get_all("message-id-hash")

    def test_a_folded_one_is_on_one_line(self, article):
        made = article(POST.replace("<first", "\n <first"))
        assert b"\r\nMessage-ID: <first@example.com>\r\n" in made.header_bytes()

    def test_fields_that_articles_must_not_have_are_removed(self, article):
        fields = "X-Trace: x\nReceived: by a\nReceived: by b\nXref: x\nControl: cancel <x@y.z>\n"
        made = article(f"{fields}Supersedes: <x@y.z>\nCc: \nPath: x\n{POST}")
        gone = ("x-trace", "received", "xref", "control", "supersedes", "cc", "path")
        assert [name for name in gone if name in made] == []

    def test_fields_that_come_twice_get_another_name_or_go(self, article):
        made = article("To: b@example.com\nCC: x\nCC: y\nCC: z\nSubject: second\n" + POST)
        assert made.get_all("to") == ["b@example.com"]
        assert made.get_all("x-original-to") == ["test@example.com"]
        assert (made.get_all("cc"), made.get_all("x-original-cc")) == (["x"], ["y", "z"])
        assert made.get_all("subject") == ["second"]

    def test_what_every_article_has_is_added(self, article):
        made = article("To: test@example.com\n\nHi.\n")
        assert made["from"] == "test@example.com"
        assert made["subject"] == "(no subject)"
        assert made["date"]

    def test_other_fields_stay_byte_by_byte(self, article):
        odd = "X-Odd:  a\n\tb  \nMIME-Version: 1.0\nContent-Type: TEXT/plain;charset=UTF-8\n"
        head = article(odd + POST).header_bytes()
        assert odd.replace("\n", "\r\n").encode() in head

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_any_message_becomes_one(self, article, sample):
        made = article(malformed(sample))
        for name in ("From", "Newsgroups", "Subject", "Message-ID", "Date", "Lines"):
            assert len(made.get_all(name)) == 1, name
            assert made[name].strip()
        assert Message.parse(made.as_bytes()).as_bytes() == made.as_bytes()


class TestServers:
    @pytest.mark.parametrize("sample", MALFORMED)
    def test_a_strict_one_takes_what_becomes_of_any_message(self, article, settings, sample):
        made = article(malformed(sample))
        with nntpd.NewsServer("misc.test") as news:
            settings.nntp.host, settings.nntp.port = "127.0.0.1", news.port
            server = NewsServer(settings)
            server.post(made.as_bytes())
            server.close()
        assert len(news.posted) == 1


class TestMakePost:
    ARTICLE = b"From: u@example.net\r\nTo: x\r\nNewsgroups: misc.test\r\nX-Odd:  1\r\n\r\nHi.\r\n"

    def test_it_is_addressed_to_the_list(self, mlist):
        made = make_post(mlist, self.ARTICLE)
        assert made.get_all("to") == ["test@example.com"]
        assert made.get_all("x-originally-to") == ["x"]
        assert made["message-id-hash"]
        assert made.original_size == len(self.ARTICLE)
        assert b"\r\nX-Odd:  1\r\n" in made.as_bytes()

    def test_nobody_says_where_an_article_came_from(self, mlist):
        made = make_post(mlist, b"X-MailFrom: boss@example.com\r\n" + self.ARTICLE)
        assert made.senders == ["u@example.net"]

    @pytest.mark.parametrize("sample", MALFORMED)
    def test_any_article_becomes_one(self, mlist, sample):
        made = make_post(mlist, MALFORMED[sample])
        assert made.get_all("to") == ["test@example.com"]
        assert made["message-id"]


class TestIsOfList:
    def test_ours_are_known_by_the_list_id(self):
        ours = message("List-Id: The <Test> list <test.example.com>\n\n")
        assert is_of_list(ours, "test.example.com")
        assert not is_of_list(ours, "est.example.com")
        assert not is_of_list(message("Subject: x\n\n"), "test.example.com")


class TestNewsgroupOf:
    @pytest.mark.parametrize(
        ("name", "found"),
        [("", ""), (" misc.test ", "misc.test"), ("a b", ""), ("a,b", ""), ("x\r\nQUIT", "")],
    )
    def test_only_a_name_counts(self, mlist, name, found):
        mlist.linked_newsgroup = name
        assert newsgroup_of(mlist) == found


class TestPairs:
    def test_a_name_without_a_partner_does_not_count(self, caplog):
        assert pairs(["a", "b", "c"]) == [("a", "b")]
        assert "c has no partner" in caplog.text
