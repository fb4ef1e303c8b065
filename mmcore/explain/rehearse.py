"""Takes a message the whole way through the engine, and undoes it.

What is called are the functions that LMTP and the runners call, in the same order, one hop after
the other; only that it all happens in one transaction, which is doomed from the beginning.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from ZODB.POSException import POSError

from i18n import mark, using
from mmcore.chains.judging import judge
from mmcore.database import UNAVAILABLE
from mmcore.errors import MMCoreError
from mmcore.explain.record import Record
from mmcore.interfaces.action import Action
from mmcore.message.arriving import arrive, host_name, read_arriving
from mmcore.pipelines.finishing import Departure, depart
from mmcore.pipelines.preparing import prepare
from mmcore.queue.intake import from_timestamp
from mmcore.queue.rehearsal import Rehearsal
from mmcore.services.held_decisions import decide, read_held
from mmcore.services.languages import working_language
from mmcore.services.mailboxes import mailbox
from mmcore.services.tolerance import CANNOT_COPE

#: What makes a runner set a message aside.
FAILURES = (*CANNOT_COPE, MMCoreError, RuntimeError, AssertionError)

#: work(message, metadata) of one hop.
Work = Callable[[Any, dict], None]


@dataclass(frozen=True)
class Question:
    """What somebody wants to know about a message."""

    #: The reverse-path; by default the author's address.
    sender: str | None = None
    #: Whether this address gets a copy, and what it looks like.
    member: str | None = None
    #: If it is held: what if a moderator accepts it.
    as_if_accepted: bool = False
    #: Whether it is mail for the owners of the list.
    to_owner: bool = False
    #: The language of whoever asks; by default the list's.
    language: str | None = None


class Way:
    """The way of one message; what is found out on it stands in the attributes."""

    def __init__(self, engine: Any, mlist: Any, rehearsal: Rehearsal, question: Question) -> None:
        self.engine = engine
        self.mlist = mlist
        self.site = mlist.site
        self.rehearsal = rehearsal
        self.question = question
        self.language = question.language or mlist.preferred_language
        self.mailroom = engine.mailroom(mlist)
        self.record = Record(self.language)
        #: The message as it was judged, and what the engine knows of it.
        self.msg: Any = None
        self.msgdata: dict = {}
        #: Why LMTP would not accept it; what the engine fails with.
        self.refusal: str | None = None
        self.error: str | None = None
        self.held: Any = None
        self.as_if_accepted = False
        self.recipients: list[str] = []
        #: Posts that have joined the next digest.
        self.digested = 0
        self.departure: Departure | None = None
        #: The address that was asked about, as the list has it.
        self.address: str | None = None
        if question.member is not None:
            member = mlist.find_member(question.member.lower())
            self.address = question.member.lower() if member is None else member.email

    def receive(self, content: bytes) -> bool:
        """What LMTP does; returns whether it accepts the message."""
        wanted = self.engine.settings.mmcore
        self.msg = read_arriving(content)
        self.msg.sender_headers = self.engine.sender_headers
        sender = self.msg.sender if self.question.sender is None else self.question.sender
        if len(content) > wanted.max_message_bytes:
            self.refusal = mark("The message is larger than the site allows.")
            return False
        msg = arrive(
            content, sender, None if wanted.missing_message_id == "reject" else host_name()
        )
        if msg is None:
            self.refusal = mark("The message has no Message-ID.")
            return False
        subaddress = "owner" if self.question.to_owner else None
        queue, metadata = mailbox(self.engine.settings, self.mlist.list_id, subaddress)
        received = from_timestamp(time.time())
        data = {**metadata, "original_size": len(content), "received_time": received}
        self.mailroom.enqueue(queue, msg, data)
        return True

    def judge(self) -> None:
        """What the runner of `in` does."""
        known = set(self.site.held.numbers_of(self.mlist.list_id))
        self._hop("in", self._judge)
        new = set(self.site.held.numbers_of(self.mlist.list_id)) - known
        if new:
            self.held = self.site.held.get(min(new))

    def _judge(self, msg: Any, msgdata: dict) -> None:
        self.msg, self.msgdata = msg, msgdata
        judge(self.engine, self.mlist, msg, msgdata, self.record)

    def recall(self, held: Any) -> None:
        """Begin with a message that is held already."""
        self.held = held
        self.msg, self.msgdata = read_held(self.engine, self.mlist, held), held.msgdata()
        self.msgdata["moderation_reasons"] = list(held.reasons)
        self.record.recall(self.msgdata)

    def accept(self) -> None:
        """What a moderator who accepts does."""
        self.as_if_accepted = True
        self._try(lambda: decide(self.engine, self.mlist, self.held, Action.accept))

    def prepare(self) -> None:
        """What the runner of `pipeline` does."""
        before = self._collected()
        self._hop("pipeline", self._prepare)
        if self.error is None:
            self.digested = self._collected() - before

    def _prepare(self, msg: Any, msgdata: dict) -> None:
        prepare(self.engine, self.mlist, msg, msgdata, self.record)

    def _collected(self) -> int:
        """How many posts wait for the next digest."""
        found = self.site.digests.get(self.mlist.list_id)
        return 0 if found is None else len(found)

    def depart(self) -> None:
        """What the runner of `out` does before it talks to a server."""
        self.record.stage = "delivery"
        self._hop("out", self._depart)

    def _depart(self, msg: Any, msgdata: dict) -> None:
        recipients = msgdata.get("recipients") or ()
        self.recipients += recipients
        if self.departure is not None or not recipients:
            return
        # Each may get a copy of their own: only one is looked at.
        wanted = recipients[0] if self.address is None else self.address
        if wanted in recipients:
            one = {**msgdata, "recipients": [wanted]}
            self.departure = depart(self.engine, self.mlist, msg, one, self.record)

    def _hop(self, queue: str, work: Work) -> None:
        """What a runner does with what was enqueued for this list so far."""
        for where, name in list(self.rehearsal.entries):
            if where == queue and self.error is None:
                self._try(partial(self._dispose, queue, name, work))

    def _dispose(self, queue: str, name: str, work: Work) -> None:
        switchboard = self.site.queues[queue]
        msg, msgdata = self.mailroom.load(switchboard.get(name))
        if msgdata.get("listid") != self.mlist.list_id:
            return
        msgdata["lang"] = language = working_language(self.engine.settings, self.mlist, msg)
        with using(language):
            work(msg, msgdata)
        switchboard.remove(name)
        self.rehearsal.entries.remove((queue, name))

    def _try(self, step: Callable[[], None]) -> None:
        """One transaction of a runner: if it fails, nothing is told of what it did.

        Faults of the store come out: they pass.
        """
        done = len(self.rehearsal.entries)
        try:
            step()
        except FAILURES as error:
            if isinstance(error, (POSError, *UNAVAILABLE)):
                raise
            self.error = f"{type(error).__name__}: {error}"
            del self.rehearsal.entries[done:]
