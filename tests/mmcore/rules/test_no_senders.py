from __future__ import annotations

import pytest


class TestNoSenders:
    def test_message_with_an_author_misses(self, ask):
        assert not ask("no-senders", "From: aperson@example.com\n\n")[0]

    @pytest.mark.parametrize("text", ["Subject: x\n\n", "From: \n\n", "From: nobody\n\n"])
    def test_message_without_a_valid_author_hits(self, ask, text):
        hit, msgdata = ask("no-senders", text)
        assert hit
        assert msgdata["moderation_sender"] == "N/A"
        assert msgdata["moderation_reasons"] == ["Nobody can be made out as the author"]
