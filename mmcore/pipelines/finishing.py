"""The last steps before a message leaves, when it is known to whom.

No pipeline has them: they are carried out by delivery, on each copy that differs from others,
and by whoever wants to know what the copy of a member looks like.
"""

from __future__ import annotations

from typing import Any

from i18n import using
from mmcore.pipelines.engine import run_handler

#: Handlers in order; what signs comes last, for it signs what is there.
FINAL_HANDLERS = ("decorate",)


def finish(engine: Any, mlist: Any, msg: Any, msgdata: dict) -> None:
    """Give a message of a list the form in which it leaves; changes `msg` and `msgdata`.

    For the copy of a single member the metadata has that `member` and its `recipient`.
    A handler that cannot cope with the message is skipped.
    """
    with using(msgdata.get("lang") or mlist.preferred_language):
        for name in FINAL_HANDLERS:
            run_handler(engine.handlers[name], mlist, msg, msgdata)
