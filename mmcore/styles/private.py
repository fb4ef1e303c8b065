"""The style of lists that are nobody else's business."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import style
from mmcore.styles import blocks
from mmcore.styles.base import Style


@style
class PrivateDefault(Style):
    """A discussion list that is not advertised, with a private archive."""

    name = "private-default"
    description = mark("A discussion among members only, with a private archive.")
    blocks = (
        blocks.identity,
        blocks.basic_operation,
        blocks.bounces,
        blocks.private,
        blocks.discussion,
        blocks.moderation,
    )
