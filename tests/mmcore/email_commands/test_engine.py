"""Mails with commands, from the Subject to the mail with the results."""

from __future__ import annotations

import pytest

from i18n import current
from mmcore.interfaces.email_command import ContinueProcessing
from mmcore.interfaces.mailing_list import RosterVisibility
from mmcore.message.message import Message
from tests.support.malformed import MALFORMED, malformed
from tests.support.messages import message

STRANGER = "stranger@example.net"


class TestCommands:
    def test_one_in_the_subject(self, anne, mail):
        assert mail("Subject: echo Hello\n\n").said == "echo hello"

    def test_several_in_the_text(self, anne, mail):
        assert mail("Subject: echo 1\n\necho 2\n\necho 3\n").said == "echo 1\necho 2\necho 3"

    @pytest.mark.parametrize(
        "subject",
        ["Re: echo 1", "AW: Re: Fwd: echo 1", "Re[2]: echo 1", "please echo 1",
         "=?utf-8?b?UmU6IGVjaG8gMQ==?=", "回复： echo 1", "ECHO 1"],
    )  # fmt: skip
    def test_what_programs_put_before_it(self, anne, mail, subject):
        assert mail(f"Subject: {subject}\n\n").said == "echo 1"

    def test_after_end_nothing_is_done(self, anne, mail):
        sent = mail("Subject: echo 1\n\nend\necho 2\n> echo 3\n")
        assert sent.said == "echo 1"
        assert "\n- Unprocessed:\n    echo 2\n\n- Done" in sent.text

    def test_what_is_no_command_is_named_and_the_rest_is_done(self, anne, mail):
        sent = mail("Subject: Good morning everybody\n\necho 2\nthanks\n")
        assert sent.said.split("\n") == [
            "There is no command morning.", "echo 2", "There is no command thanks.",
        ]  # fmt: skip

    def test_only_some_lines_are_read(self, engine, anne, mail):
        engine.settings.mmcore.email_commands_max_lines = 2
        sent = mail("Subject: echo 0\n\necho 1\necho 2\necho 3\n")
        assert sent.said == "echo 0\necho 1\necho 2"
        assert "\n- Ignored:\n    echo 3\n" in sent.text

    def test_what_others_said_is_not_done(self, anne, mail):
        sent = mail("Subject: echo 0\n\n> echo 1\n> Leave me alone\n")
        assert sent.said == "echo 0"

    def test_an_empty_mail_is_told_how_to_get_help(self, anne, mail):
        assert "try the command help" in mail("X-Mailer: x\n\n").said

    def test_other_parts_are_said_to_be_ignored(self, anne, mail):
        sent = mail(
            "Subject: echo 0\nContent-Type: multipart/mixed; boundary=b\n\n"
            "--b\n\necho 1\n--b\nContent-Type: image/png\n\nx\n--b--\n"
        )
        assert sent.said.split("\n")[1:] == ["echo 0", "echo 1"]
        assert "other parts" in sent.said

    def test_html_alone_is_read(self, anne, mail):
        assert mail("Subject:\nContent-Type: text/html\n\n<p>echo <b>1</b></p>\n").said == "echo 1"


class TestSubaddresses:
    def test_the_command_is_the_only_one_and_succeeds_silently(self, site, mlist, mail):
        sent = mail("Subject: echo 1\n\nhelp\n", to="join")
        assert sent.results is None
        assert list(sent.others) == ["aperson@example.com"]

    def test_trouble_is_told(self, anne, mail):
        assert "already a member" in mail("Subject: x\n\n", to="join").said

    def test_a_token_is_taken_from_the_address(self, mail):
        assert "Nothing is waiting" in mail("Subject: help\n\nhelp\n", to="confirm+0123").said

    def test_in_the_form_that_the_site_has_chosen(self, engine, mail):
        engine.settings.mta.verp_confirm_regexp = "^(?P<addr>[^_]+)_(?P<cookie>[^@]+)@"
        text = "Subject: help\n\nhelp\n"
        found = mail(text, to="confirm_0123", subaddress="confirm")
        assert "Nothing is waiting" in found.said
        assert "Nothing is waiting" not in mail(text, to="confirm+0123").said

    def test_also_from_a_folded_or_decorated_one(self, mlist, mail):
        msg = message(
            "From: aperson@example.com\nTo: bart@example.com,\n"
            ' "List" <Test-Confirm+0123@example.com>\n\n'
        )
        assert "Nothing is waiting" in mail(msg, to="confirm").said

    def test_without_a_token_the_text_is_read(self, anne, mail):
        assert mail("Subject: echo 1\n\n", to="confirm").said == "echo 1"

    def test_the_token_of_another_address_is_none(self, anne, mail):
        msg = message("From: aperson@example.com\nTo: other-confirm+12@example.com\n\necho 1\n")
        assert mail(msg, to="confirm").said == "echo 1"


class TestAnswer:
    def test_it_has_the_layout_that_was_asked_for(self, anne, mail):
        sent = mail("Subject: echo 1\nDate: Fri, 27 Feb 2026 10:00:00 +0100\n\n")
        assert sent.text == (
            "The results of your e-mail commands are provided below.\n\n"
            "- Original message details:\n"
            "    From: aperson@example.com\n"
            "    Subject: echo 1\n"
            "    Date: Fri, 27 Feb 2026 09:00:00 -0000\n"
            "    Message-ID: <cmd@x>\n\n"
            "- Results:\n"
            "    echo 1\n\n"
            "- Done.\n"
        )
        assert sent.results["from"] == "test-bounces@example.com"
        assert sent.results["to"] == "aperson@example.com"
        assert sent.results["subject"] == "The results of your e-mail commands"

    def test_it_is_marked_as_automatic_and_belongs_to_the_mail(self, anne, mail):
        answer = mail("Subject: echo 1\n\n").results
        assert answer["auto-submitted"] == "auto-replied"
        assert answer["in-reply-to"] == answer["references"] == "<cmd@x>"
        assert answer["precedence"] == "bulk"
        assert answer.get_content_type() == "text/plain"

    def test_what_is_missing_is_said_to_be(self, anne, mail):
        sent = mail("X-Mailer: x\n\necho 1\n")
        assert "Subject: n/a\n    Date: n/a\n" in sent.text

    @pytest.mark.parametrize("date", ["BUY NOW", "Fri, 99 Feb 99999 10:00:00 +9999", "0"])
    def test_a_date_that_is_none_is_not_repeated(self, anne, mail, date):
        assert "Date: n/a" in mail(f"Subject: echo 1\nDate: {date}\n\n").text

    def test_a_stranger_could_be_anybody_so_nothing_is_repeated(self, mail):
        text = (
            "Subject: Cheap: https://spam.example\nDate: Cheap\n\nCheap, cheap, cheap\n"
            "echo cheap\nhelp cheap\nwho cheap\nend\nmore cheap\n"
        )
        sent = mail(text, sender="Cheap <x@example.net>")
        assert "cheap" not in sent.results.as_string().lower()
        assert "From: x@example.net\n    Subject: n/a\n    Date: n/a\n" in sent.text
        assert "- Unprocessed:\n    3 lines\n" in sent.text

    @pytest.mark.parametrize(
        "line", ["join cheap", "join digest=cheap", "who cheap", "help cheap"]
    )
    def test_nor_what_a_stranger_told_a_command(self, mlist, mail, line):
        mlist.member_roster_visibility = RosterVisibility.public
        sent = mail(f"X-Mailer: x\n\n{line}\n", sender="Cheap <x@example.net>")
        assert sent.said
        assert "cheap" not in sent.results.as_string().lower()

    def test_unverified_is_a_stranger(self, site, mail):
        site.users.make(STRANGER)
        assert "repeats" in mail("Subject: echo me\n\n", sender=STRANGER).said

    def test_it_is_in_the_language_of_the_reader(self, engine, anne, mail, monkeypatch):
        seen = []

        def speak(*args):
            seen.append(current())
            return ContinueProcessing.yes

        monkeypatch.setattr(engine.email_commands["echo"], "process", speak)
        mail("Subject: echo 1\n\n", lang="de")
        mail("Subject: echo 1\n\n")
        assert seen == ["de", "en"]

    def test_programs_and_lists_are_not_answered(self, mail):
        assert mail("Subject: help\n\n", sender="x-request@example.net").results is None
        assert mail("Subject: help\nX-Ack: no\n\n", sender=STRANGER).results is None

    def test_ten_answers_a_day(self, engine, mail):
        engine.settings.mmcore.max_autoresponses_per_day = 2
        sent = [mail("Subject: help\n\n", sender=STRANGER) for _ in range(4)]
        assert [bool(each.results) for each in sent] == [True, True, False, False]
        assert [list(each.others) for each in sent[2:]] == [[STRANGER], []]
        assert "for today" in sent[2].others[STRANGER]["subject"]

    @pytest.mark.parametrize("charset", ["iso-8859-15", "x-unknown", "utf-16", "utf-7", "ascii"])
    def test_it_can_be_read_whatever_the_charset(self, anne, mail, charset):
        sent = mail(f"Subject: =?utf-8?q?echo_=C3=A4_1?=\nContent-Type: text/plain; "
                    f"charset={charset}\n\n")  # fmt: skip
        again = Message.parse(sent.results.as_bytes())
        expected = "iso-8859-15" if charset == "iso-8859-15" else "iso-8859-1"
        assert again.get_content_charset() == expected
        assert "Subject: echo ä 1" in again.get_payload(decode=True).decode(expected)


class TestAnything:
    def test_no_message_makes_it_raise(self, engine, mail):
        engine.settings.mmcore.max_autoresponses_per_day = 0
        for sample in MALFORMED:
            for to in ("request", "join", "leave", "confirm"):
                mail(malformed(sample), to=to)
