"""The last steps before a message leaves, when it is known to whom.

No pipeline has them: they are carried out by delivery, on each copy that differs from others,
and by whoever wants to know what the copy of a member looks like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from i18n import using
from mmcore.pipelines.engine import run_handler

#: Handlers in order; what signs comes last, for it signs what is there.
FINAL_HANDLERS = ("decorate", "one-click", "dkim-sign", "arc-sign")


@dataclass(frozen=True, slots=True)
class Departure:
    """What goes over the wire for one entry of the queue `out`: plain values."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


def finish(engine: Any, mlist: Any, msg: Any, msgdata: dict, watch: Any = None) -> None:
    """Give a message of a list the form in which it leaves; changes `msg` and `msgdata`.

    For the copy of a single member the metadata has that `member` and its `recipient`.
    A handler that cannot cope with the message is skipped.  `watch` is told, see `IWatcher`.
    """
    with using(msgdata.get("lang") or mlist.preferred_language):
        for name in FINAL_HANDLERS:
            run_handler(engine.handlers[name], mlist, msg, msgdata, watch)


def depart(engine: Any, mlist: Any, msg: Any, msgdata: dict, watch: Any = None) -> Departure:
    """The envelope and the bytes of a message from the queue `out`.

    `mlist` is None for mail of the site itself, or of a list that is gone.
    """
    if mlist is not None:
        finish(engine, mlist, msg, msgdata, watch)
    return Departure(
        envelope_sender(engine, mlist, msgdata),
        tuple(msgdata.get("recipients") or ()),
        msg.as_bytes(),
    )


def envelope_sender(engine: Any, mlist: Any, msgdata: dict) -> str:
    """The reverse-path: `sender`, the site owner for mail to owners, else -bounces.

    Mail to the owners that bounced to the owners would go round in circles.
    """
    if msgdata.get("sender"):
        return str(msgdata["sender"])
    if msgdata.get("to_owner") and msgdata.get("envsender"):
        return str(msgdata["envsender"])
    return str(engine.settings.mmcore.site_owner if mlist is None else mlist.bounces_address)
