"""Topics: what posts of a list can be about, and what members want of it."""

from __future__ import annotations

from zope.interface import Attribute, Interface

from mmcore.errors import MMCoreError


class TopicError(MMCoreError, ValueError):
    """A list cannot have such topics, or a member cannot choose them."""


class ITopic(Interface):
    """Something that posts of a list are about, recognised by regular expressions."""

    name = Attribute("Name, on one line; unique in its list.")
    pattern = Attribute("Regular expressions, one a line; a post needs to fit one of them.")
    description = Attribute("For people who choose.")
    number = Attribute("Given to no other topic of the list, also when this one is gone.")


class ITopicChoice(Interface):
    """What a member has chosen."""

    names = Attribute("Names of the topics, in the order of the list.")
    posts_without_topic = Attribute("Whether posts about none of the list's topics are wanted.")
