"""help, echo, end and stop: the commands that do nothing to anybody."""

from __future__ import annotations

import pytest

from i18n import using


class TestHelp:
    def test_it_lists_every_command_in_a_column(self, engine, anne, mail):
        lines = mail("Subject: help\n\n").said.split("\n")
        assert [line.split()[0] for line in lines] == sorted(engine.email_commands)
        assert lines[0] == "confirm     - Confirm a request."
        assert {line.index(" - ") for line in lines} == {len("unsubscribe")}

    def test_it_explains_one(self, anne, mail):
        said = mail("Subject: help join\n\n").said
        assert said.startswith(
            "join [digest=<no|mime|plain>] [address=<address>]\n"
            "Join this mailing list.\n\n"
            "You will"
        )
        assert all(len(line) <= 70 for line in said.split("\n"))

    def test_a_description_that_says_the_same_is_said_once(self, anne, mail):
        assert mail("Subject: help echo\n\n").said == "echo [args]\nEcho back your arguments."

    def test_what_is_unknown_ends_it(self, anne, mail):
        sent = mail("Subject: help nonsense\n\necho 1\n")
        assert sent.said == "help: there is no command nonsense"
        assert "Unprocessed" in sent.text

    def test_so_does_too_much(self, anne, mail):
        assert mail("Subject: help join leave\n\n").said == "help: too many arguments"

    def test_it_works_in_other_languages(self, anne, mail):
        with using("de"):
            text = mail("Subject: help\n\n", lang="de").text
        assert "confirm     - Eine Anfrage bestätigen.\n" in text


class TestEnding:
    @pytest.mark.parametrize("name", ["end", "stop"])
    def test_nothing_after_it_is_done(self, anne, mail, name):
        sent = mail(f"Subject: echo 1\n\n{name} whatever\necho 2\n")
        assert sent.said == "echo 1"
        assert "- Unprocessed:\n    echo 2\n" in sent.text
