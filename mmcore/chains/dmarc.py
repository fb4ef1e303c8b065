"""Does what a list wants done about authors whose domain forbids passing their mail on."""

from __future__ import annotations

from typing import Any

from i18n import mark
from mmcore.chains.base import JumpChain
from mmcore.directives import chain


@chain
class DmarcChain(JumpChain):
    """Jumps by `dmarc_action`, which the rule `dmarc-mitigation` has set."""

    name = "dmarc"
    description = mark(
        "Discard or reject a post because of the DMARC policy of its author's domain."
    )

    def jump_to(self, mlist: Any, msg: Any, msgdata: dict) -> str:
        """See `JumpChain`; raises ValueError for an action that is no ending."""
        action = msgdata.get("dmarc_action")
        if action not in ("discard", "reject"):
            raise ValueError(f"the dmarc chain has no ending for action {action!r}")
        return str(action)
