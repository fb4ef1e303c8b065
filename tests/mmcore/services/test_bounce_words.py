"""Failures in words."""

from __future__ import annotations

from i18n import using
from mmcore.interfaces.bounce import BounceCause
from mmcore.services import bounce_words as words
from mmcore.services.bounce_events import Failure


class TestWords:
    def test_every_cause_has_some(self):
        said = {words.cause_in_words(cause) for cause in BounceCause}
        assert len(said) == len(BounceCause)

    def test_a_reply_is_one_line(self):
        assert words.reply_in_words(Failure("", 550, "5.1.1", "No\r\nsuch user")) == (
            "550 5.1.1 No such user"
        )
        assert words.reply_in_words(Failure("", 0, "", "gone")) == "gone"
        assert words.reply_in_words(Failure("")) == ""
        assert len(words.reply_in_words(Failure("", text="x" * 5000))) == 300

    def test_replies_that_begin_alike_are_shown_once(self):
        failures = [Failure("", 550, "", f"{'Refused ' * 6}{number}") for number in range(5)]
        failures += [Failure("", 421, "", "Later"), Failure("")]
        lines = words.some_replies(failures).splitlines()
        assert lines == ["    550 " + "Refused " * 6 + "0", "    421 Later"]

    def test_without_a_reply_that_is_said(self):
        with using("en"):
            assert words.some_replies([Failure("")]) == "    (no reply is known)"
            assert words.reason(None) == "    The reason is unknown"

    def test_what_happened_most_often_stands_first(self):
        causes = [BounceCause.rate, BounceCause.network, BounceCause.network]
        assert words.summary(causes) == (
            "    2 × The server could not be reached\n    1 × Too much mail at a time"
        )
