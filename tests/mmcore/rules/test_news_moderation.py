from __future__ import annotations

import pytest

from mmcore.interfaces.mailing_list import NewsgroupModeration

POST = "From: a@example.com\n\n"


class TestNewsModeration:
    def test_posts_of_a_moderated_newsgroup_are_held(self, ask, mlist):
        mlist.newsgroup_moderation = NewsgroupModeration.moderated
        hit, msgdata = ask("news-moderation", POST)
        assert hit
        assert msgdata == {
            "moderation_sender": "a@example.com",
            "moderation_reasons": ["The post goes to a moderated newsgroup, too"],
        }

    @pytest.mark.parametrize(
        "moderation", [NewsgroupModeration.none, NewsgroupModeration.open_moderated]
    )
    def test_others_are_not(self, ask, mlist, moderation):
        mlist.newsgroup_moderation = moderation
        assert ask("news-moderation", POST) == (False, {})
