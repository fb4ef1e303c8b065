"""Bounce events become scores, and scores become decisions about members.

Only what is the mailbox's fault counts, once a day, and not when its provider has a bad day.  To
know about that, an event waits for `[bounces] storm_window` until it is weighed: until then all
that belongs to it has failed too.  Whoever has complained of spam, or could not be reached by a
probe, need not wait.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from mmcore.interfaces.bounce import BounceCause, BounceContext, BounceOutcome
from mmcore.interfaces.member import DeliveryStatus
from mmcore.services import bounce_notices as notices
from mmcore.services import clock
from mmcore.services.bounce_probes import send_probe
from mmcore.services.bounce_storms import StormWatch

log = logging.getLogger("mmcore.bounce")

#: The code of what no server has said: our own way out was closed (`mmcore.mta.deliver`).
_NO_REPLY = 444
#: Where a failure comes from that lasted as long as somebody tried.
_FINAL_SOURCES = frozenset({"gave-up", "report", "verp"})


def process_events(engine: Any, site: Any, limit: int = 500) -> int:
    """Weigh the oldest events that are due, of at most `limit`; returns how many it were."""
    events = site.bounce_events.unprocessed(limit)
    storms = StormWatch(engine, site, events)
    storms.forget_old()
    end = clock.now() - engine.settings.bounces.storm_window
    due = [event for event in events if event.timestamp <= end or not _is_normal(event)]
    for event in due:
        outcome = _weigh(engine, site, event, storms)
        log.info("%s on %s: %s, %s", event.email, event.list_id, event.cause.value, outcome)
        site.bounce_events.done(event, outcome.value)
    return len(due)


def blames(event: Any) -> bool:
    """Whether the cause of an event speaks against the mailbox.

    A server that could not be reached for as long as somebody tried is as good as none: else
    members at domains that are given up would stay for ever.  If it was our own way out that
    could not be reached, that says nothing.
    """
    if event.cause is BounceCause.network:
        return event.source in _FINAL_SOURCES and event.code != _NO_REPLY
    return bool(event.cause.at_fault)


def disable(engine: Any, member: Any, event: Any) -> None:
    """Switch delivery to a member off, to be warned and at last removed."""
    if _is_disabled(member):
        return
    mlist = member.mailing_list
    member.preferences.delivery_status = DeliveryStatus.by_bounces
    member.total_warnings_sent = 0
    member.last_warning_sent = datetime.min
    log.warning("%s: delivery to %s is switched off", mlist.list_id, member.email)
    if mlist.bounce_notify_owner_on_disable:
        notices.tell_disabled(engine, member, event)


def _weigh(engine: Any, site: Any, event: Any, storms: StormWatch) -> BounceOutcome:
    """What an event means; the rules that need no membership come first."""
    mlist = site.lists.get(event.list_id)
    if mlist is None:
        return BounceOutcome.no_list
    if not mlist.process_bounces:
        return BounceOutcome.switched_off
    if _is_normal(event):
        # Also what is nobody's fault makes a storm, and its owners want to know.
        covered = storms.covers(event)
        if not blames(event):
            return BounceOutcome.not_at_fault
        if covered:
            return BounceOutcome.storm
    member = mlist.find_member(event.email)
    if member is None:
        return BounceOutcome.not_a_member
    if event.context is BounceContext.complaint:
        return _complained(engine, member, event)
    if event.context is BounceContext.probe:
        return _not_reached(engine, member, event)
    if _is_disabled(member):
        return BounceOutcome.already_disabled
    return _count(engine, mlist, member, event)


def _complained(engine: Any, member: Any, event: Any) -> BounceOutcome:
    """Somebody has called the list's mail spam: it ends at once, and can be asked for again.

    As if the member had switched it off, so that no warnings are sent to somebody who does not
    want mail.
    """
    if member.delivery_status not in (DeliveryStatus.enabled, DeliveryStatus.by_bounces):
        return BounceOutcome.already_disabled
    member.preferences.delivery_status = DeliveryStatus.by_user
    log.warning("%s: delivery to %s ends, a complaint", member.list_id, member.email)
    notices.tell_complaint(engine, member, event)
    return BounceOutcome.disabled


def _not_reached(engine: Any, member: Any, event: Any) -> BounceOutcome:
    """A probe has failed, which is final unless it was for a reason of our own."""
    if not (blames(event) or event.cause is BounceCause.unknown):
        return BounceOutcome.not_at_fault
    if _is_disabled(member):
        return BounceOutcome.already_disabled
    disable(engine, member, event)
    return BounceOutcome.disabled


def _count(engine: Any, mlist: Any, member: Any, event: Any) -> BounceOutcome:
    """Raise the score of a member, with what follows from it."""
    moment, last = event.timestamp, member.last_bounce_received
    same_day = last is not None and last.date() == moment.date()
    fresh = last is not None and moment - last <= mlist.bounce_info_stale_after
    if last is None or last < moment:
        member.last_bounce_received = moment
    if same_day:
        return BounceOutcome.same_day
    score = member.bounce_score + 1 if fresh else 1
    probing = bool(engine.settings.mta.verp_probes)
    enough = score >= mlist.bounce_score_threshold
    member.bounce_score = 0 if enough else score
    if mlist.bounce_notify_owner_on_bounce_increment and not (enough and probing):
        notices.tell_increment(engine, member, event)
    if not enough:
        return BounceOutcome.scored
    if probing:
        send_probe(engine, member, event)
        return BounceOutcome.probed
    disable(engine, member, event)
    return BounceOutcome.disabled


def _is_normal(event: Any) -> bool:
    return event.context is BounceContext.normal


def _is_disabled(member: Any) -> bool:
    # The member's own preference, not the effective one.
    return member.preference("delivery_status") is DeliveryStatus.by_bounces
