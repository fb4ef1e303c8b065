"""What follows from a way that a message has taken: the parts of an explanation."""

from __future__ import annotations

from i18n import _
from mmcore.explain.explanation import Asked, Dmarc, Notice
from mmcore.explain.rehearse import Way
from mmcore.interfaces.chain import (
    AcceptEvent,
    AcceptOwnerEvent,
    DiscardEvent,
    HoldEvent,
    RejectEvent,
)
from mmcore.interfaces.mailing_list import DMARCMitigateAction
from mmcore.interfaces.member import DeliveryMode, DeliveryStatus
from mmcore.message.addresses import parse_addresses, split_address
from mmcore.message.fields import without_surrogates
from mmcore.message.headers import decode
from mmcore.services.dmarc import find_policy
from mmcore.services.dns_answers import DnsUnavailableError, answers
from mmcore.services.moderation import translate_reasons

#: What an ending calls itself, besides its name.
_DECISIONS: dict[type, str] = {
    AcceptEvent: "accept",
    AcceptOwnerEvent: "accept",
    DiscardEvent: "discard",
    HoldEvent: "hold",
    RejectEvent: "reject",
}
#: What a handler does that ends the preparation.
_STOPPED = {"discarded": "discard", "rejected": "reject"}
#: Mitigations that are a handler's work; they are not for lists without authors.
_REWRITING = (DMARCMitigateAction.munge_from, DMARCMitigateAction.wrap_message)


def decision(way: Way) -> str:
    """What becomes of the message in the end, or of a held one for now; see `Explanation`."""
    if way.refusal is not None:
        return "refuse"
    if way.error is not None:
        return "shunt"
    if way.held is not None:
        return "hold"
    for step in way.record.steps:
        if step.outcome in _STOPPED:
            return _STOPPED[step.outcome]
    for event in way.rehearsal.events:
        if type(event) in _DECISIONS:
            return _DECISIONS[type(event)]
    return way.record.chains[-1]


def reasons(way: Way) -> tuple[str, ...]:
    """Why it is decided so: what the rules say, or LMTP, or the handler that ends the way."""
    if way.refusal is not None:
        return (_(way.refusal),)
    found = translate_reasons(way.msgdata.get("moderation_reasons"))
    if way.held is None:
        found += [
            step.error for step in way.record.steps if step.outcome in _STOPPED and step.error
        ]
    return tuple(without_surrogates(reason) for reason in found)


def dmarc(way: Way) -> Dmarc | None:
    """What the author's domain wants, and what the list does about it; None without an author."""
    mlist = way.mlist
    author = next((address for _name, address in parse_addresses(way.msg.get_all("from", []))), "")
    domain = split_address(author)[1].strip().rstrip(".").lower()
    if not domain or domain.startswith("["):
        return None
    setting = mlist.dmarc_mitigate_action
    rewriting = setting in _REWRITING
    applies = way.msgdata.get("dmarc") or (mlist.dmarc_mitigate_unconditionally and rewriting)
    if rewriting and mlist.anonymous_list:
        applies = False
    policy, where = None, None
    if setting is not DMARCMitigateAction.no_mitigation:
        # The rule has asked for the same just now: nothing is looked up twice.
        try:
            found = find_policy(answers(way.engine), domain)
        except DnsUnavailableError:
            policy = "unknown"
        else:
            policy = found.action
            where = None if found.record is None else found.record.domain
    action = setting if applies else DMARCMitigateAction.no_mitigation
    return Dmarc(author, policy, where, setting.name, action.name)


def asked(way: Way) -> Asked | None:
    """About the address that somebody wants to know about; texts are in the current language."""
    if way.address is None:
        return None
    if way.address in way.recipients:
        return Asked(way.address, True)
    return Asked(way.address, False, _why_not(way, way.address))


def _why_not(way: Way, email: str) -> str:
    """Why an address gets no copy."""
    if not way.recipients:
        return _("Nobody gets the message.")
    member = way.mlist.members.get(email)
    if member is None:
        return _("This address is not a member of the list.")
    if member.delivery_status is not DeliveryStatus.enabled:
        return _("Delivery to this member is switched off.")
    if member.delivery_mode is not DeliveryMode.regular:
        return _("This member gets digests.")
    if email == way.msg.sender:
        return _("This member wrote the message and wants no copies of their own posts.")
    return _("This member gets it another way, or has chosen not to get such messages.")


def notices(way: Way) -> tuple[Notice, ...]:
    """The messages that the engine would send."""
    found = []
    for queue, name in way.rehearsal.entries:
        if queue == "virgin":
            msg, msgdata = way.mailroom.load(way.site.queues[queue].get(name))
            recipients = tuple(msgdata.get("recipients") or ())
            found.append(Notice(recipients, decode(msg.get("subject", ""))))
    return tuple(found)


def queues(way: Way) -> dict[str, int]:
    """How many copies lie in which queue, but for those that were looked at.

    A post that joined the next digest counts as a copy in `digest`, from which that is sent.
    """
    names = [queue for queue, _name in way.rehearsal.entries if queue != "virgin"]
    names += ["digest"] * way.digested
    return {name: names.count(name) for name in sorted(set(names))}
