"""What is done to messages that the engine wrote itself."""

from __future__ import annotations

from i18n import mark
from mmcore.directives import pipeline
from mmcore.pipelines.base import Pipeline


@pipeline
class VirginPipeline(Pipeline):
    """The pipeline of notices; they know their recipients already."""

    name = "virgin"
    description = mark("What is done to messages that the engine wrote.")
    handlers = (
        "cook-headers",
        "rfc-2369",
        "to-outgoing",
    )
