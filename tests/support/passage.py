"""A message's whole way through the engine in one transaction, without processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from i18n import using
from mmcore.chains.judging import judge
from mmcore.interfaces.action import Action
from mmcore.message.arriving import arrive
from mmcore.message.message import Message
from mmcore.pipelines.engine import process
from mmcore.pipelines.finishing import Departure, depart
from mmcore.pipelines.preparing import prepare
from mmcore.services.held_decisions import decide
from mmcore.services.languages import working_language
from tests.support.queues import queued

#: Queues that nothing here empties.
LEFT_ALONE = ("archive", "nntp", "bad", "shunt")


@dataclass
class Passage:
    """What became of a message."""

    #: As it came to the list.
    arrived: Message
    #: Why moderators were asked, who then accepted it.
    reasons: list[Any] = field(default_factory=list)
    #: Whether it passed the chain, or they let it.
    accepted: bool = False
    #: What leaves to the members: header fields and all, and the metadata.
    copies: list[tuple[Departure, dict]] = field(default_factory=list)
    #: What leaves besides: notices, answers.
    notices: list[tuple[Departure, dict]] = field(default_factory=list)
    #: What lies in queues.
    left: dict[str, list[tuple[Message, dict]]] = field(default_factory=dict)

    @property
    def failures(self) -> list[dict]:
        """Rules and handlers that were skipped."""
        found = []
        for _departure, msgdata in (*self.copies, *self.notices):
            found += msgdata.get("rule_failures", []) + msgdata.get("handler_failures", [])
        return found


def pass_through(engine: Any, mlist: Any, content: bytes, sender: str, **metadata: Any) -> Passage:
    """Send a message to a list and carry all of its way out; `metadata` says to which mailbox.

    What is held is accepted.
    """
    site = mlist.site
    msg = arrive(content, sender, "example.com")
    assert msg is not None
    passage = Passage(msg)
    arrived = {"listid": mlist.list_id, "original_size": len(content), "received_time": 1e9}
    engine.mailroom(site).enqueue("in", msg, arrived | (metadata or {"to_list": True}))
    for each, msgdata in queued(engine, site, "in"):
        with using(working_language(engine.settings, mlist, each)):
            judge(engine, mlist, each, msgdata)
    for held in site.held.of_list(mlist.list_id):
        passage.reasons += held.reasons
        decide(engine, mlist, held, Action.accept)
    for each, msgdata in queued(engine, site, "pipeline"):
        passage.accepted = True
        with using(working_language(engine.settings, mlist, each)):
            prepare(engine, mlist, each, msgdata)
    passage.copies = _leave(engine, mlist)
    for each, msgdata in queued(engine, site, "virgin"):
        process(engine, mlist, each, msgdata, "virgin")
    passage.notices = _leave(engine, mlist)
    passage.left = {name: queued(engine, site, name) for name in LEFT_ALONE}
    return passage


def _leave(engine: Any, mlist: Any) -> list[tuple[Departure, dict]]:
    return [
        (depart(engine, mlist, msg, msgdata), msgdata)
        for msg, msgdata in queued(engine, mlist.site, "out")
    ]
