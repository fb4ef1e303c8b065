"""What both forms of a digest are made of."""

from __future__ import annotations

import pytest
from ZODB.POSException import POSKeyError

from i18n import using
from mmcore.services.digest_issue import (
    Edition,
    Post,
    contents_lines,
    each_shown,
    edition,
    stand_in,
    subject_cleaner,
)
from mmcore.services.digests import collect
from tests.support.digests import post
from tests.support.messages import message

LIST_ID = "test.example.com"


@pytest.fixture
def make(engine, site, mlist):
    """The edition of these posts."""

    def make(*posts):
        for each in posts:
            collect(engine, mlist, each)
        issue = site.digests.issue(site.digests.take(LIST_ID))
        return edition(engine, mlist, issue, 3, 7)

    return make


class TestEdition:
    def test_it_has_a_title_and_an_end_that_programs_look_for(self, mlist):
        made = Edition(None, mlist, 3, 7)
        with using("de"):
            assert made.title == "Test Digest, Vol 3, Issue 7"
            assert made.end == "End of Test Digest, Vol 3, Issue 7"

    def test_fields_are_those_of_a_mail_of_the_list(self, mlist):
        mlist.display_name = "Grüße\nBcc: x"
        msg = Edition(None, mlist, 3, 7).blank()
        assert msg.subject_text == "Grüße Bcc: x Digest, Vol 3, Issue 7"
        assert msg["from"] == "test-request@example.com"
        assert msg["to"] == msg["reply-to"] == "test@example.com"
        assert msg["message-id"].endswith("@example.com>")
        assert "date" in msg
        assert "bcc" not in msg

    def test_posts_are_counted_from_one(self, make):
        made = make(post(1, "First"), post(2, "Second"))
        assert [(p.number, p.subject, p.author) for p in made.posts] == [
            (1, "First 1", "Anne Person"), (2, "Second 2", "Anne Person"),
        ]  # fmt: skip
        assert made.contents == (
            "Today's topics:\n\n  1. First 1 (Anne Person)\n  2. Second 2 (Anne Person)\n"
        )
        assert made.contents_title == "Today's topics (2 messages)"
        assert make(post(1)).contents_title == "Today's topics (1 message)"

    def test_the_masthead_says_how_to_write(self, engine, mlist, settings):
        folder = settings.paths.template_dir / "lists" / LIST_ID / "en"
        folder.mkdir(parents=True)
        made = Edition(engine, mlist, 1, 1)
        for address in ("test@", "test-request@", "test-owner@"):
            assert f"    {address}example.com\n" in made.masthead
        assert max(map(len, made.masthead.splitlines())) <= 70
        text = "$got_list_email $got_request_email $got_owner_email $listname"
        (folder / "list:member:digest:masthead.txt").write_text(text)
        assert Edition(engine, mlist, 1, 1).masthead.split() == [
            "test@example.com", "test-request@example.com", "test-owner@example.com",
            "test@example.com",
        ]  # fmt: skip

    def test_header_and_footer_may_name_what_those_of_posts_may(self, engine, mlist, settings):
        made = Edition(engine, mlist, 1, 1)
        assert made.header == ""
        assert "test-leave@example.com" in made.footer
        folder = settings.paths.template_dir / "lists" / LIST_ID / "en"
        folder.mkdir(parents=True)
        text = "$fqdn_listname $list_name $mail_host $request_address $description\r\n"
        (folder / "list:member:digest:header.txt").write_bytes(text.encode())
        (folder / "list:member:digest:footer.txt").write_text("  \n")
        mlist.description = "All\nabout it"
        made = Edition(engine, mlist, 1, 1)
        assert made.footer == ""
        assert made.header == (
            "test@example.com test example.com test-request@example.com All about it\n"
        )

    def test_a_lost_text_is_replaced_and_the_others_are_there(self, engine, site, mlist, caplog):
        for number in range(3):
            collect(engine, mlist, post(number))
        site.digests.get(LIST_ID).posts()[1].content = "s:nothing.seg:0:9"
        issue = site.digests.issue(site.digests.take(LIST_ID))
        made = edition(engine, mlist, issue, 1, 1)
        assert [p.subject for p in made.posts] == [
            "Hello 0", "The text of this message is lost.", "Hello 2",
        ]  # fmt: skip
        assert "Test Digest, Vol 1, Issue 1, post 2 is lost" in caplog.text

    def test_so_is_one_that_the_database_has_lost(self, engine, mlist):
        class Lost:
            @property
            def content(self):
                raise POSKeyError(b"12345678")

        class Issue:
            def posts(self):
                return [Lost()]

        made = edition(engine, mlist, Issue(), 1, 1)
        assert [p.subject for p in made.posts] == ["The text of this message is lost."]


class TestPost:
    @pytest.mark.parametrize(
        ("fields", "subject", "author"),
        [
            ("", "(no subject)", ""),
            ("Subject: [Test]\n", "(no subject)", ""),
            ("From: Anne <a@example.com>, Bart <b@example.com>\n", "(no subject)", "Anne"),
            ("From: a@example.com\nSubject: x\n", "x", "a@example.com"),
            (
                "From: =?utf-8?q?J=C3=B6?= <j@example.com>\nSubject: =?utf-8?q?=C3=A4?=\n",
                "ä",
                "Jö",
            ),
            ("Subject: a\x1b[31m\x00b\n", "a [31m b", ""),
        ],
    )
    def test_subject_and_author_are_shown_decently(self, make, fields, subject, author):
        [found] = make(message(fields + "\ntext\n")).posts
        assert (found.subject, found.author) == (subject, author)

    def test_nobody_has_to_read_a_subject_of_three_pages(self, make):
        [found] = make(message(f"From: {'n' * 500} <a@b.cd>\nSubject: {'x' * 5000}\n\n.\n")).posts
        assert found.subject == "x" * 297 + "..."
        assert len(found.author) == 100


class TestSubjectCleaner:
    @pytest.mark.parametrize(
        ("prefix", "subject", "clean"),
        [
            ("[Test] ", "[Test] Hello", "Hello"),
            ("[Test] ", "Re: [Test] Hello", "Hello"),
            ("[Test] ", "RE:[TEST]Hello", "Hello"),
            ("[Test] ", "[Test] Re: Hello", "Re: Hello"),
            ("[Test] ", "Re: Hello", "Re: Hello"),
            ("[Test] ", "  Hello [test] all", "Hello all"),
            ("[Test] ", "Wherefore: [test] x", "Wherefore: x"),
            ("[Test %05d]", "[Test 00017] Hello", "Hello"),
            ("[My  list]", "[My list] Hello", "Hello"),
            ("", " Hello ", "Hello"),
            ("(a+)*", "(a+)* b", "b"),
        ],
    )
    def test_prefix_and_what_stands_before_it_go(self, prefix, subject, clean):
        assert subject_cleaner(prefix)(subject) == clean


class TestContentsLines:
    def lines(self, subject, author="Anne Person", number=1):
        return contents_lines(Post(number, message("\n"), subject, author))

    def test_a_short_one_is_one_line(self):
        assert self.lines("Hello") == ["  1. Hello (Anne Person)"]
        assert self.lines("Hello", "", 1234) == ["1234. Hello"]

    def test_a_long_subject_is_wrapped(self):
        lines = self.lines("word " * 30)
        assert all(len(line) <= 65 for line in lines[:-1])
        assert all(line.startswith("     word") for line in lines[1:])
        assert lines[-1].endswith("word (Anne Person)")

    def test_an_author_who_has_no_room_stands_below(self):
        assert self.lines("x" * 50, "y" * 13) == ["  1. " + "x" * 50, f"     ({'y' * 13})"]
        assert self.lines("x" * 50, "y" * 12) == [f"  1. {'x' * 50} ({'y' * 12})"]

    def test_a_subject_without_blanks_is_cut(self):
        assert [len(line) for line in self.lines("x" * 130, "")] == [65, 65, 15]


class TestEachShown:
    def test_one_that_cannot_be_shown_is_replaced(self, mlist, caplog):
        made = Edition(None, mlist, 1, 1, [Post(1, post(1), "a", ""), Post(2, post(2), "b", "")])

        def show(each):
            if "text number 1" in each.msg.as_string():
                raise LookupError("x")
            return each.msg.subject_text

        assert list(each_shown(made, show)) == ["This message cannot be shown.", "[Test] Hello 2"]
        assert "post 1 cannot be shown" in caplog.text

    def test_faults_of_the_store_are_not_hidden(self, mlist):
        made = Edition(None, mlist, 1, 1, [Post(1, post(1), "a", "")])

        def show(each):
            raise POSKeyError(b"12345678")

        with pytest.raises(POSKeyError):
            list(each_shown(made, show))


class TestStandIn:
    def test_it_is_a_message_from_the_list(self, mlist):
        msg = stand_in(mlist, "Lost.")
        assert msg["from"] == "test-owner@example.com"
        assert (msg["subject"], msg.get_payload()) == ("Lost.", "Lost.\n")
