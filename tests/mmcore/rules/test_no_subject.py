from __future__ import annotations

import pytest


class TestNoSubject:
    def test_subject_misses(self, ask):
        assert not ask("no-subject", "From: a@example.com\nSubject: Hi\n\n")[0]

    @pytest.mark.parametrize(
        "field", ["X: y", "Subject:", "Subject:   ", "Subject: =?utf-8?q?_=20?="]
    )
    def test_missing_or_blank_subject_hits(self, ask, field):
        hit, msgdata = ask("no-subject", f"From: a@example.com\n{field}\n\n")
        assert hit
        assert msgdata["moderation_sender"] == "a@example.com"
        assert msgdata["moderation_reasons"] == ["The subject is missing"]

    def test_subject_in_an_unknown_charset_misses(self, ask):
        assert not ask("no-subject", "Subject: =?x-none?q?hello?=\n\n")[0]
