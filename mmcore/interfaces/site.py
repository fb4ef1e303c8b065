"""The root of the object tree."""

from __future__ import annotations

from zope.interface import Attribute, Interface


class ISite(Interface):
    """The whole installation."""

    domains = Attribute("`IDomains`")
    lists = Attribute("`IMailingLists`")
    users = Attribute("`IUsers`")
    addresses = Attribute("`IAddresses`")
    members = Attribute("`IMembers`")
    queues = Attribute("Mapping of queue name to `ISwitchboard`.")
    bans = Attribute("`IBans` of the whole site.")
    held = Attribute("`IHeldMessages`")
    pendings = Attribute("`IPendings`")
    bounce_events = Attribute("`IBounceEvents`")
    bounce_storms = Attribute("`IBounceStorms`")
    undelivered = Attribute("`IUndelivered`")
    auto_responses = Attribute("`IAutoResponses`")
    digests = Attribute("`IDigests`")
    secret = Attribute("32 random bytes that nobody outside knows.")
    schema_version = Attribute("Number of the last evolution step that ran.")
