from __future__ import annotations

import pytest

from mmcore.rules.administrivia import is_command


class TestIsCommand:
    @pytest.mark.parametrize(
        "line",
        [
            "help",
            "  HELP  ",
            "confirm abc",
            "password old new",
            "set a b c",
            "subscribe",
            "subscribe a b c",
            "unsubscribe me",
            "who a b",
        ],
    )
    def test_commands_are(self, line):
        assert is_command(line)

    @pytest.mark.parametrize(
        "line",
        [
            "",
            "   ",
            "help me",
            "confirm",
            "confirm a b",
            "set a b",
            "subscribe a b c d",
            "unsubscribe me now",
            "who are you all",
            "echo hello",
            "helpful",
        ],
    )
    def test_prose_is_not(self, line):
        assert not is_command(line)


class TestAdministrivia:
    def test_command_in_the_subject_hits(self, ask):
        hit, msgdata = ask("administrivia", "From: a@example.com\nSubject: unsubscribe\n\nHi.\n")
        assert hit
        assert msgdata["moderation_sender"] == "a@example.com"
        assert msgdata["moderation_reasons"] == [
            "The message looks like a command for the list server"
        ]

    def test_command_in_the_first_lines_hits(self, ask):
        assert ask("administrivia", "Subject: x\n\n\n\nHello,\nunsubscribe\n")[0]

    def test_blank_lines_do_not_count(self, ask, engine):
        lines = engine.settings.mmcore.email_commands_max_lines
        assert ask("administrivia", "Subject: x\n\n" + "text\n\n" * (lines - 1) + "help\n")[0]
        assert not ask("administrivia", "Subject: x\n\n" + "text\n\n" * lines + "help\n")[0]

    def test_command_in_base64_hits(self, ask):
        text = "Content-Transfer-Encoding: base64\nSubject: x\n\nc3Vic2NyaWJl\n"
        assert ask("administrivia", text)[0]

    def test_first_text_part_is_read(self, ask):
        assert ask(
            "administrivia",
            """\
            Subject: x
            Content-Type: multipart/mixed; boundary=B

            --B
            Content-Type: text/html

            help
            --B
            Content-Type: text/plain

            help
            --B--
            """,
        )[0]

    def test_prose_misses(self, ask):
        assert not ask("administrivia", "Subject: About help\n\nPlease help me out here.\n")[0]

    def test_list_that_does_not_look_misses(self, ask, mlist):
        mlist.administrivia = False
        assert not ask("administrivia", "Subject: unsubscribe\n\n")[0]

    def test_text_in_an_unknown_charset_is_read_all_the_same(self, ask):
        head = "Subject: x\nContent-Type: text/plain; charset=x-nonesuch\n\n"
        assert ask("administrivia", head + "caf\udce9\nhelp\n")[0]
