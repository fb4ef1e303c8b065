"""The style of a new list unless somebody chooses another."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import style
from mmcore.styles import blocks
from mmcore.styles.base import Style


@style
class LegacyDefault(Style):
    """A public list on which its members talk."""

    name = "legacy-default"
    description = mark("A discussion list open to everybody's interest.")
    blocks = (
        blocks.identity,
        blocks.basic_operation,
        blocks.bounces,
        blocks.public,
        blocks.discussion,
        blocks.moderation,
    )
