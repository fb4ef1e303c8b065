from __future__ import annotations

import subprocess
import time

import pytest


class TestImplicitDestination:
    @pytest.mark.parametrize("name", ["To", "Cc", "Resent-To", "Resent-Cc"])
    def test_message_that_names_the_list_misses(self, ask, name):
        assert not ask("implicit-dest", f"{name}: x@example.org, Test <TEST@example.com>\n\n")[0]

    def test_message_that_names_others_only_hits(self, ask):
        hit, msgdata = ask("implicit-dest", "From: a@example.com\nTo: b@example.com\n\n")
        assert hit
        assert msgdata["moderation_sender"] == "a@example.com"
        assert len(msgdata["moderation_reasons"]) == 1

    def test_message_that_names_nobody_hits(self, ask):
        assert ask("implicit-dest", "From: a@example.com\n\n")[0]

    def test_alias_will_do(self, ask, mlist):
        mlist.acceptable_aliases = ["other@example.com"]
        assert not ask("implicit-dest", "To: Other@example.com\n\n")[0]

    def test_pattern_will_do(self, ask, mlist):
        mlist.acceptable_aliases = ["^OTHER.*@example[.]com"]
        assert not ask("implicit-dest", "To: others@example.com\n\n")[0]
        assert ask("implicit-dest", "To: another@example.com\n\n")[0]

    def test_broken_pattern_does_not_raise(self, ask, mlist):
        mlist.acceptable_aliases = ["^other**@example.com"]
        assert ask("implicit-dest", "To: others@example.com\n\n")[0]
        assert not ask("implicit-dest", "To: ^other**@example.com\n\n")[0]

    def test_pattern_that_takes_for_ever_does_not_hold_up_the_mail(self, ask, mlist):
        mlist.acceptable_aliases = ["^(a+)+$", "^b+@"]
        many = ", ".join(f"{'a' * 60}{number}@example.com" for number in range(200))
        began = time.monotonic()
        assert ask("implicit-dest", f"To: {many}\n\n")[0]
        assert not ask("implicit-dest", f"To: {many}, bb@example.com\n\n")[0]
        assert time.monotonic() - began < 5

    def test_ordinary_aliases_start_no_process(self, ask, mlist, monkeypatch):
        monkeypatch.setattr(subprocess, "Popen", None)
        mlist.acceptable_aliases = ["^other.*@example[.]com", "x@example.com", "^(broken"]
        assert ask("implicit-dest", "To: a@example.com, b@example.com\n\n")[0]
        assert not ask("implicit-dest", "To: a@example.com, other@example.com\n\n")[0]

    def test_news_misses(self, ask):
        assert not ask("implicit-dest", "From: a@example.com\n\n", fromusenet=True)[0]

    def test_list_that_does_not_care_misses(self, ask, mlist):
        mlist.require_explicit_destination = False
        assert not ask("implicit-dest", "From: a@example.com\n\n")[0]
