"""Goes on with whatever was set for the member or stranger who wrote."""

from __future__ import annotations

from typing import Any

from i18n import mark
from mmcore.chains.base import JumpChain
from mmcore.directives import chain

#: An action in the metadata and the chain that carries it out.
ENDINGS = {"accept": "accept", "discard": "discard", "hold": "hold", "reject": "reject"}


@chain
class ModerationChain(JumpChain):
    """Jumps by `member_moderation_action`, which the moderation rules have set."""

    name = "moderation"
    description = mark("Do with a post what the author's moderation says.")

    def jump_to(self, mlist: Any, msg: Any, msgdata: dict) -> str:
        """See `JumpChain`; raises ValueError for an action that decides nothing."""
        action = msgdata.get("member_moderation_action")
        if action not in ENDINGS:
            raise ValueError(f"the moderation chain has no ending for action {action!r}")
        return ENDINGS[action]
