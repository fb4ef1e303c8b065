from __future__ import annotations

from tests.support.messages import message


def of_size(size):
    msg = message("From: a@example.com\n\n")
    msg.original_size = size
    return msg


class TestMaxSize:
    def test_message_over_the_limit_is_held(self, ask, mlist):
        mlist.max_message_size = 5
        hit, msgdata = ask("max-size", of_size(5 * 1024 + 1))
        assert hit
        assert msgdata["moderation_sender"] == "a@example.com"
        assert msgdata["moderation_reasons"] == [
            ("The message is too large, this list takes up to {} KB", 5)
        ]

    def test_message_of_just_the_limit_misses(self, ask, mlist):
        mlist.max_message_size = 5
        assert not ask("max-size", of_size(5 * 1024))[0]

    def test_zero_means_no_limit(self, ask, mlist):
        mlist.max_message_size = 0
        assert not ask("max-size", of_size(10**9))[0]
