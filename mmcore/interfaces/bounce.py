"""Bounces: what was learnt about addresses that did not take mail, and whose fault it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from zope.interface import Attribute, Interface


class BounceContext(Enum):
    """What it was that came back."""

    normal = 1
    probe = 2
    #: The recipient complained of spam (RFC 5965).
    complaint = 3


class BounceCause(Enum):
    """Why mail did not arrive; `at_fault` says whether the mailbox is to blame."""

    mailbox_gone = "mailbox_gone"
    mailbox_full = "mailbox_full"
    #: Refused by a policy of sender or recipient, such as DMARC.
    policy = "policy"
    #: The sending server or domain has a bad name, or is on a block list.
    reputation = "reputation"
    #: This message was refused for what is in it.
    content = "content"
    #: Too much at a time.
    rate = "rate"
    network = "network"
    #: Something is wrong with the names of our own side.
    list_dns = "list_dns"
    complaint = "complaint"
    unknown = "unknown"

    @property
    def at_fault(self) -> bool:
        """Whether it counts against the member."""
        return self in (BounceCause.mailbox_gone, BounceCause.mailbox_full)


class BounceOutcome(StrEnum):
    """What came of an event when it was weighed."""

    #: The list is gone, or does not process bounces.
    no_list = auto()
    switched_off = auto()
    not_a_member = auto()
    #: The cause is not the mailbox's fault.
    not_at_fault = auto()
    #: Many failed at this provider at the same time.
    storm = auto()
    #: Delivery was disabled before.
    already_disabled = auto()
    #: There was one on the same day that counted.
    same_day = auto()
    scored = auto()
    #: The score has reached the threshold.
    probed = auto()
    disabled = auto()
    #: It could not be weighed; the log says why.
    error = auto()


class IBounceEvent(Interface):
    """One failure to deliver to one address."""

    __name__ = Attribute("Begins with the time when it was added.")
    list_id = Attribute("Of the list.")
    email = Attribute("Lower-cased addr-spec.")
    timestamp = Attribute("Naive UTC datetime.")
    context = Attribute("BounceContext")
    cause = Attribute("BounceCause")
    processed = Attribute("Whether it was weighed.")
    outcome = Attribute("Value of a BounceOutcome; '' if nothing came of it yet.")
    message_id = Attribute("Of the message that did not arrive, if known.")
    code = Attribute("SMTP reply code, 0 if there is none.")
    enhanced = Attribute("Enhanced status code (RFC 3463) or ''.")
    text = Attribute("What the other server said.")
    source = Attribute("Where it was learnt: smtp, report, verp, probe, complaint, gave-up.")
    content = Attribute("Reference to the report in the content store, or ''.")


class IBounceEvents(Interface):
    """All bounce events.  Reading by time, list or address loads what is read and no more."""

    def add(
        list_id: str,
        email: str,
        context: BounceContext = BounceContext.normal,
        cause: BounceCause = BounceCause.unknown,
        lane: str = "",
        **known: object,
    ) -> IBounceEvent:
        """Note a failure; further keywords are fields of `IBounceEvent`.

        `lane` names the process: those in different lanes never wait for each other.  Whoever
        has a reply to classify calls `mmcore.services.bounce_events.register`.
        """

    def get(name: str) -> IBounceEvent | None:
        """The event of that name."""

    def unprocessed(limit: int) -> list[IBounceEvent]:
        """The oldest events that were not weighed yet, at most `limit`."""

    def done(event: IBounceEvent, outcome: str) -> None:
        """Note that an event was weighed, and what came of it."""

    def recent(domain: str, since: datetime) -> Iterator[IBounceEvent]:
        """Events of addresses at a domain since then, the oldest first, loaded one by one."""

    def recent_addresses(
        domain: str, since: datetime, until: datetime = datetime.max
    ) -> Iterator[tuple[str, BounceCause]]:
        """(address, cause) of events of that time; none of them is loaded."""

    def find(
        start: int = 0,
        count: int | None = None,
        *,
        list_id: str | None = None,
        email: str | None = None,
        cause: BounceCause | None = None,
        processed: bool | None = None,
        since: datetime | None = None,
    ) -> list[IBounceEvent]:
        """A slice of the events that are wanted, the oldest first."""

    def count(
        *,
        list_id: str | None = None,
        email: str | None = None,
        cause: BounceCause | None = None,
        processed: bool | None = None,
        since: datetime | None = None,
    ) -> int:
        """How many such events there are."""

    def remove(event: IBounceEvent) -> None:
        """Forget an event."""

    def evict(age: timedelta, limit: int = 250) -> int:
        """Forget some events older than `age` that were weighed; returns how many."""

    def references() -> Iterator[str]:
        """What of the content store the events need."""
