from __future__ import annotations

import pytest

from tests.support.messages import message


class TestLoop:
    @pytest.mark.parametrize(
        "value",
        [
            "test@example.com",
            "<mailto:test@example.com>",
            "<mailto:TEST@Example.com?subject=x>",
            "<mailto:test%40example.com>",
            "<https://example.com/post>, <mailto:test@example.com> (Postings)",
        ],
    )
    def test_post_that_names_this_list_hits(self, ask, value):
        hit, msgdata = ask("loop", f"From: a@example.com\nList-Post: {value}\n\n")
        assert hit
        assert msgdata["moderation_sender"] == "a@example.com"
        assert msgdata["moderation_reasons"] == ["This list has sent the message before"]

    def test_second_field_counts_too(self, ask):
        assert ask("loop", "List-Post: NO\nList-Post: <mailto:test@example.com>\n\n")[0]

    @pytest.mark.parametrize("value", ["<mailto:other@example.com>", "NO", "", "<mailto:"])
    def test_post_of_another_list_misses(self, ask, value):
        assert not ask("loop", f"List-Post: {value}\n\n")[0]

    def test_new_post_misses(self, ask):
        assert not ask("loop", "From: a@example.com\n\n")[0]

    def test_field_that_this_list_wrote_is_recognised(self, engine, mlist, ask):
        msg = message("From: a@example.com\n\n")
        engine.handlers["rfc-2369"].process(mlist, msg, {})
        assert ask("loop", msg)[0]
