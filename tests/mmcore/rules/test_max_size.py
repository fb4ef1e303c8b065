from __future__ import annotations

import pytest

from mmcore.interfaces.action import FilterAction
from tests.support.messages import message

WITH_IMAGE = f"""\
From: a@example.com
Content-Type: multipart/mixed; boundary=B

--B

Look at this:
--B
Content-Type: image/png

{"x" * 6000}
--B--
"""


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


class TestWhatTheFilterLeaves:
    @pytest.fixture
    def filtering(self, engine, mlist, monkeypatch):
        """The list takes 5 KB and no images, and what is left counts."""
        monkeypatch.setattr(engine.rules["max-size"], "filtered", True)
        mlist.max_message_size = 5
        mlist.filter_content = True
        mlist.filter_types = ["image"]
        return mlist

    def test_is_what_counts_if_the_site_says_so(self, ask, filtering):
        msg = message(WITH_IMAGE)
        before = msg.as_bytes()
        assert ask("max-size", msg) == (False, {})
        assert msg.as_bytes() == before
        assert not msg.body_changed

    def test_does_not_count_otherwise(self, engine, ask, filtering, monkeypatch):
        monkeypatch.setattr(engine.rules["max-size"], "filtered", False)
        assert ask("max-size", message(WITH_IMAGE))[0]
        assert not engine.settings.mmcore.check_max_size_on_filtered_message

    def test_does_not_count_on_a_list_that_filters_nothing(self, ask, filtering):
        filtering.filter_content = False
        assert ask("max-size", message(WITH_IMAGE))[0]

    def test_can_still_be_too_large(self, ask, filtering):
        assert ask("max-size", message(WITH_IMAGE.replace("Look", "Look" * 2000)))[0]

    @pytest.mark.parametrize("action", ["discard", "reject", "forward", "preserve"])
    def test_is_not_of_interest_if_that_is_nothing(self, ask, site, engine, filtering, action):
        filtering.filter_types = ["multipart"]
        filtering.filter_action = FilterAction[action]
        assert not ask("max-size", message(WITH_IMAGE))[0]
        # The pipeline will do it, and tell whom it has to tell.
        assert all(len(queue) == 0 for queue in site.queues.values())
