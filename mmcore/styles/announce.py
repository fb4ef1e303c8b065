"""The style of lists that only a few write to."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import style
from mmcore.styles import blocks
from mmcore.styles.base import Style


@style
class LegacyAnnounce(Style):
    """A public list for announcements."""

    name = "legacy-announce"
    description = mark("A newsletter: few write, many read.")
    blocks = (
        blocks.identity,
        blocks.basic_operation,
        blocks.bounces,
        blocks.public,
        blocks.announcement,
        blocks.moderation,
    )
