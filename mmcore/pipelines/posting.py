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
        # Before anything is changed.
        "validate-authenticity",
        # Everybody after this deals with what is left.
        "mime-delete",
        # Members may want some topics only.
        "tagger",
        # Recipients come first: they depend on who wrote, before headers are cooked.
        "member-recipients",
        "avoid-duplicates",
        "cleanse",
        "cleanse-dkim",
        "cook-headers",
        # Uses the post number that after-delivery advances.
        "subject-prefix",
        "rfc-2369",
        # With the links to the archives in it.
        "to-archive",
        "to-digest",
        "to-usenet",
        "after-delivery",
        # Quotes the Subject as the members see it.
        "acknowledge",
        # Whoever archives, digests or answers the post has seen its author.
        "dmarc",
        "to-outgoing",
    )
