from __future__ import annotations

import inspect

import pytest

from mmcore.interfaces.mailing_list import ArchivePolicy, ReplyToMunging
from mmcore.interfaces.subscription import SubscriptionPolicy
from mmcore.styles import blocks

BLOCKS = [
    value
    for name, value in vars(blocks).items()
    if inspect.isfunction(value) and not name.startswith("_")
]


class Recorder:
    """Stands for a list; only remembers what is set."""

    list_name = "test"


class TestBlocks:
    @pytest.mark.parametrize("block", BLOCKS)
    def test_every_setting_exists(self, mlist, block):
        recorder = Recorder()
        block(recorder)
        for name in vars(recorder):
            assert name in dir(type(mlist)), name

    @pytest.mark.parametrize("block", BLOCKS)
    def test_it_says_what_it_is_for(self, block):
        assert block.__doc__.endswith(".")

    def test_all_are_there(self):
        assert [block.__name__ for block in BLOCKS] == [
            "identity",
            "basic_operation",
            "bounces",
            "public",
            "private",
            "discussion",
            "announcement",
            "moderation",
        ]

    def test_later_block_wins(self, mlist):
        blocks.private(mlist)
        assert not mlist.advertised
        blocks.public(mlist)
        assert mlist.advertised
        assert mlist.archive_policy is ArchivePolicy.public

    def test_private_list_has_defined_replies(self, mlist):
        blocks.private(mlist)
        assert mlist.reply_goes_to_list is ReplyToMunging.no_munging
        assert mlist.reply_to_address == ""
        assert mlist.first_strip_reply_to is False
        assert mlist.subscription_policy is SubscriptionPolicy.confirm_then_moderate
