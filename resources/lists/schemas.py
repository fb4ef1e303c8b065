"""Parameters of lists."""

from __future__ import annotations

from mmcore.interfaces.member import MemberRole
from resources.fields import (
    enumeration,
    field,
    line,
    strings,
    subscriber,
    text,
)
from resources.paged import PagedQuery
from resources.parameters import Parameters


class NewList(Parameters):
    """POST to the collection."""

    fqdn_listname = field(line)
    style_name = field(text, missing=None)


class FindLists(PagedQuery):
    """`lists/find`."""

    subscriber = field(subscriber)
    role = field(enumeration(MemberRole), missing=None)


class RosterQuery(PagedQuery):
    """GET of a roster."""

    fields = field(strings, missing=None)


class MassRemoval(Parameters):
    """DELETE of a roster."""

    emails = field(strings)
