"""Preferences of members, addresses and users, and how they resolve."""

from __future__ import annotations

from zope.interface import Attribute, Interface

#: Every preference, with the value of a site that sets nothing.
PREFERENCE_NAMES = (
    "acknowledge_posts",
    "delivery_mode",
    "delivery_status",
    "hide_address",
    "preferred_language",
    "receive_list_copy",
    "receive_own_postings",
)


class IPreferences(Interface):
    """What somebody prefers; None means «not said here, ask the next level»."""

    acknowledge_posts = Attribute("bool or None")
    delivery_mode = Attribute("DeliveryMode or None")
    delivery_status = Attribute("DeliveryStatus or None")
    hide_address = Attribute("bool or None")
    preferred_language = Attribute("language code or None")
    receive_list_copy = Attribute("bool or None")
    receive_own_postings = Attribute("bool or None")
