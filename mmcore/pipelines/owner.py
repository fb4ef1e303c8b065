"""What is done to mail for the owners: nothing but finding them."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import pipeline
from mmcore.pipelines.base import Pipeline


@pipeline
class OwnerPipeline(Pipeline):
    """The pipeline of mail to `LIST-owner`; adds no header fields."""

    name = "default-owner-pipeline"
    description = mark("What is done to mail for the owners.")
    handlers = (
        "cleanse-dkim",
        "owner-recipients",
        "to-outgoing",
    )
