"""Posts to a list whose newsgroup is moderated wait for a moderator."""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from i18n import mark
from mmcore.directives import rule
from mmcore.interfaces.mailing_list import NewsgroupModeration
from mmcore.interfaces.rule import IRule
from mmcore.rules.base import add_reason


@rule
@implementer(IRule)
class NewsModeration:
    """Hits every post to a list that stands for a moderated newsgroup.

    What the moderator lets pass leaves for the newsgroup as approved.
    """

    name = "news-moderation"
    description = mark("The list is linked with a moderated newsgroup.")
    record = True

    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def check(self, mlist: Any, msg: Any, msgdata: dict) -> bool:
        """See `IRule`."""
        if mlist.newsgroup_moderation is not NewsgroupModeration.moderated:
            return False
        reason = mark("The post goes to a moderated newsgroup, too")
        add_reason(msgdata, msg.sender, reason)
        return True
