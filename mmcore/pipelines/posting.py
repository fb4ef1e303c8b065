"""What is done to a post before it is delivered."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import pipeline
from mmcore.pipelines.base import Pipeline


@pipeline
class PostingPipeline(Pipeline):
    """The pipeline of posts unless their list says otherwise."""

    name = "default-posting-pipeline"
    description = mark("What is done to an accepted post.")
    handlers = (
        # Recipients come first: they depend on who wrote, before headers are cooked.
        "member-recipients",
        "avoid-duplicates",
        "cleanse",
        "cook-headers",
        # Uses the post number that after-delivery advances.
        "subject-prefix",
        "rfc-2369",
        "after-delivery",
        "to-outgoing",
    )
