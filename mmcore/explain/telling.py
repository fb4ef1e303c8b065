"""Explains what would become of a message: the entrance of this package."""

from __future__ import annotations

from typing import Any

from i18n import using
from mmcore.explain import conclusions
from mmcore.explain.explanation import Copy, Explanation, Recipients
from mmcore.explain.rehearse import Question, Way
from mmcore.message.fields import without_surrogates
from mmcore.message.headers import decode
from mmcore.queue.rehearsal import rehearsing

#: Recipients that are named.
SAMPLE = 10

ANYTHING = Question()


def explain(engine: Any, mlist: Any, content: bytes, question: Question = ANYTHING) -> Explanation:
    """Tell what would become of a message for a list, without anything happening.

    The current transaction can only be aborted afterwards.  Names may be looked up in the DNS,
    and template texts be fetched.  Raises StorageUnavailableError and faults of the store.
    """
    _doom(mlist)
    with rehearsing(engine.content) as rehearsal:
        way = Way(engine, mlist, rehearsal, question)
        if way.receive(content):
            way.judge()
            if way.held is not None and question.as_if_accepted:
                way.accept()
            way.prepare()
            way.depart()
        return _told(way)


def explain_held(engine: Any, mlist: Any, held: Any, question: Question = ANYTHING) -> Explanation:
    """Tell what would become of a held message if a moderator accepted it; see `explain`."""
    _doom(mlist)
    with rehearsing(engine.content) as rehearsal:
        way = Way(engine, mlist, rehearsal, question)
        way.recall(held)
        way.accept()
        way.prepare()
        way.depart()
        return _told(way)


def _doom(mlist: Any) -> None:
    """See to it that nothing of this transaction can be committed."""
    mlist._p_jar.transaction_manager.get().doom()


def _told(way: Way) -> Explanation:
    """Everything that was found out."""
    with using(way.language):
        departure = way.departure
        return Explanation(
            list_id=way.mlist.list_id,
            message_id=without_surrogates(str(way.msg.get("message-id", ""))),
            sender=without_surrogates(way.msg.sender),
            subject=decode(way.msg.get("subject", "")),
            chains=tuple(way.record.chains),
            rules=way.record.rules(),
            decision=conclusions.decision(way),
            reasons=conclusions.reasons(way),
            error=way.error,
            as_if_accepted=way.as_if_accepted,
            handlers=tuple(way.record.steps),
            recipients=Recipients(len(way.recipients), tuple(way.recipients[:SAMPLE])),
            asked=conclusions.asked(way),
            dmarc=conclusions.dmarc(way),
            queues=conclusions.queues(way),
            notices=conclusions.notices(way),
            copy=None if departure is None else Copy(*departure.copy(0)),
        )
