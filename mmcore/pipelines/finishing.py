"""The last steps before a message leaves, when it is known to whom.

No pipeline has them: they are carried out by delivery, once on a message of which all recipients
get the same copy, and for each kind of copy where they do not (`mmcore.pipelines.copies`).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from i18n import using
from mmcore.pipelines.copies import SIGNING, Copies, StandIn, copies_of, wants_copies
from mmcore.pipelines.engine import run_handler
from mmcore.services.personal import Personal

#: Handlers in order; what signs comes last, for it signs what is there.
FINAL_HANDLERS = ("mail-merge", "decorate", "personalize", "one-click", *SIGNING)
_UNSIGNED = FINAL_HANDLERS[: -len(SIGNING)]


@dataclass(frozen=True, slots=True)
class Departure:
    """What goes over the wire for one entry of the queue `out`: plain values.

    With `copies` each recipient gets one of their own, and `content` is empty.
    """

    sender: str
    recipients: Sequence[str]
    content: bytes
    copies: Copies | None = None

    def copy(self, index: int) -> tuple[str, bytes]:
        """(reverse-path, message) for a recipient, whether others get the same or not."""
        return (self.sender, self.content) if self.copies is None else self.copies.copy(index)


def finish(
    engine: Any,
    mlist: Any,
    msg: Any,
    msgdata: dict,
    watch: Any = None,
    handlers: Sequence[str] = FINAL_HANDLERS,
) -> None:
    """Give a message of a list the form in which it leaves; changes `msg` and `msgdata`.

    For a copy that is made for a single recipient the metadata has what it may say as `_personal`,
    and the `member`, if it is one.  A handler that cannot cope with the message is skipped.
    `watch` is told, see `IWatcher`.
    """
    with using(msgdata.get("lang") or mlist.preferred_language):
        for name in handlers:
            run_handler(engine.handlers[name], mlist, msg, msgdata, watch)


def depart(engine: Any, mlist: Any, msg: Any, msgdata: dict, watch: Any = None) -> Departure:
    """The envelope and the bytes of a message from the queue `out`.

    `mlist` is None for mail of the site itself, or of a list that is gone.  `watch` is told of
    the first copy.
    """
    sender = envelope_sender(engine, mlist, msgdata)
    recipients = msgdata.get("recipients") or ()
    if mlist is None:
        return Departure(sender, recipients, msg.as_bytes())
    if not recipients or not wants_copies(engine.settings, mlist, msgdata):
        finish(engine, mlist, msg, msgdata, watch)
        return Departure(sender, recipients, msg.as_bytes())

    def finished(further: dict) -> Any:
        another = copy.deepcopy(msg)
        finish(engine, mlist, another, {**msgdata, **further}, handlers=_UNSIGNED)
        return another

    copies = copies_of(engine, mlist, msg, msgdata, sender, recipients, finished)
    if watch is not None:
        _show(engine, mlist, msg, msgdata, copies, watch)
    return Departure(sender, recipients, b"", copies)


def _show(engine: Any, mlist: Any, msg: Any, msgdata: dict, copies: Copies, watch: Any) -> None:
    """Carry the steps out for the first recipient, as if there were no others."""
    person = copies.person(0)
    further: dict[str, Any] = {"_personal": Personal(person, copies.is_duplicate(0))}
    if person.member_id:
        further["member"] = StandIn(person.member_id)
    finish(engine, mlist, msg, {**msgdata, **further}, watch)


def envelope_sender(engine: Any, mlist: Any, msgdata: dict) -> str:
    """The reverse-path: `sender`, the site owner for mail to owners, else -bounces.

    Mail to the owners that bounced to the owners would go round in circles.
    """
    if msgdata.get("sender"):
        return str(msgdata["sender"])
    if msgdata.get("to_owner") and msgdata.get("envsender"):
        return str(msgdata["envsender"])
    return str(engine.settings.mmcore.site_owner if mlist is None else mlist.bounces_address)
