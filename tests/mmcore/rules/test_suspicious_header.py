from __future__ import annotations

import logging
import time

import pytest

from mmcore.rules.suspicious_header import _patterns

POST = """\
From: a@example.com
Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=
X-Spam: no
X-Spam: Yes, 17
Content-Type: multipart/mixed; boundary=B

--B
X-Part: secret

Hello.
--B--
"""


@pytest.fixture
def ask_for(ask, mlist):
    """ask_for(lines of the setting) -> (hit, metadata)."""

    def ask_for(*lines):
        mlist.bounce_matching_headers = "\n".join(lines)
        return ask("suspicious-header", POST)

    return ask_for


class TestSuspiciousHeader:
    def test_field_with_the_pattern_hits(self, ask_for):
        hit, msgdata = ask_for("x-spam: YES")
        assert hit
        assert msgdata == {
            "moderation_sender": "a@example.com",
            "moderation_reasons": [
                ("A header field contains what this list does not let pass: {}", "Yes, 17")
            ],
        }

    def test_nothing_is_suspicious_by_default(self, ask, mlist):
        assert mlist.bounce_matching_headers == ""
        assert ask("suspicious-header", POST) == (False, {})

    @pytest.mark.parametrize("line", ["Subject: grüße", r"Subject: =\?utf-8\?q", "from: ^a@"])
    def test_values_are_searched_as_they_are_read_and_as_they_were_written(self, ask_for, line):
        assert ask_for(line)[0]

    @pytest.mark.parametrize("line", ["x-spam: ^17", "x-none: .*", "x-part: secret", "to:"])
    def test_others_miss(self, ask_for, line):
        assert ask_for(line) == (False, {})

    def test_any_line_will_do(self, ask_for):
        assert ask_for("# x-spam: no", "", "  ", "x-none: x", "x-spam: 17")[0]
        assert not ask_for("# x-spam: no", "", "  ", "x-none: x")[0]

    def test_lines_that_are_none_are_logged_and_skipped(self, ask_for, caplog):
        _patterns.cache_clear()
        with caplog.at_level(logging.ERROR):
            assert not ask_for("X-Spam", ": yes", "x-spam: (")[0]
        assert "not «header: pattern»: 'X-Spam'" in caplog.text
        assert "not «header: pattern»: ': yes'" in caplog.text
        assert ask_for("X-Spam", "x-spam: yes")[0]

    def test_pattern_that_takes_for_ever_misses(self, ask, mlist):
        mlist.bounce_matching_headers = "x: (a+)+$"
        began = time.monotonic()
        assert not ask("suspicious-header", f"X: {'a' * 60}!\n\n")[0]
        assert time.monotonic() - began < 10
