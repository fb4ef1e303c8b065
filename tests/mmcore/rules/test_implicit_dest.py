from __future__ import annotations

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
        mlist.acceptable_aliases = ["^other(@example.com"]
        assert ask("implicit-dest", "To: others@example.com\n\n")[0]

    def test_news_misses(self, ask):
        assert not ask("implicit-dest", "From: a@example.com\n\n", fromusenet=True)[0]

    def test_list_that_does_not_care_misses(self, ask, mlist):
        mlist.require_explicit_destination = False
        assert not ask("implicit-dest", "From: a@example.com\n\n")[0]
