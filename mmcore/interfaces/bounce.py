"""Bounces: what was learnt about addresses that did not take mail, and whose fault it was."""

from __future__ import annotations

from enum import Enum

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


class IBounceEvent(Interface):
    """One failure to deliver to one address."""

    list_id = Attribute("Of the list.")
    email = Attribute("Lower-cased addr-spec.")
    timestamp = Attribute("Naive UTC datetime.")
    context = Attribute("BounceContext")
    cause = Attribute("BounceCause")
    processed = Attribute("Whether it was weighed.")
    outcome = Attribute("What came of it, as one word; '' if nothing yet.")
    message_id = Attribute("Of the message that did not arrive, if known.")
    code = Attribute("SMTP reply code, 0 if there is none.")
    enhanced = Attribute("Enhanced status code (RFC 3463) or ''.")
    text = Attribute("What the other server said.")
    source = Attribute("Where it was learnt: smtp, report, verp, probe, complaint, gave-up.")
    content = Attribute("Reference to the report in the content store, or ''.")


class IBounceEvents(Interface):
    """All bounce events."""

    def add(event: object) -> IBounceEvent:
        """Take in an event."""
