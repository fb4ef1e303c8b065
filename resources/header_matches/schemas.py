"""Parameters of header matches."""

from __future__ import annotations

from mmcore.interfaces.action import Action
from resources.fields import blank_or, drop, enumeration, field, integer, regex, text
from resources.parameters import Parameters

#: A blank action is none: the site's chain decides.
ACTION = blank_or(enumeration(Action))


def tag(value: object) -> str | None:
    """A tag; JSON null takes it away, a blank is one."""
    return None if value is None else text(value)


class NewHeaderMatch(Parameters):
    """POST to the collection; new ones go to the end."""

    header = field(text)
    pattern = field(regex)
    action = field(ACTION, missing=None)
    tag = field(tag, missing=None)


class HeaderMatchChange(Parameters):
    """PUT; what is not required keeps its value."""

    header = field(text)
    pattern = field(regex)
    position = field(integer, missing=drop)
    action = field(ACTION, missing=drop)
    tag = field(tag, missing=drop)


class FindHeaderMatches(Parameters):
    """What to look for; blank names are no filter."""

    header = field(blank_or(text), missing=None)
    action = field(enumeration(Action), missing=None)
    tag = field(blank_or(text), missing=None)
