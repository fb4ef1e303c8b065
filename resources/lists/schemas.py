"""Parameters of lists."""

from __future__ import annotations

from mmcore.interfaces.member import MemberRole
from resources.fields import (
    drop,
    enumeration,
    field,
    line,
    natural,
    strings,
    subscriber,
    text,
)
from resources.parameters import Parameters


class NewList(Parameters):
    """POST to the collection."""

    fqdn_listname = field(line)
    style_name = field(text, missing=None)


class FindLists(Parameters):
    """`lists/find`; paging is declared here and read elsewhere."""

    subscriber = field(subscriber)
    role = field(enumeration(MemberRole), missing=None)
    count = field(natural, missing=drop)
    page = field(natural, missing=drop)


class RosterQuery(Parameters):
    """GET of a roster."""

    fields = field(strings, missing=None)
    count = field(natural, missing=drop)
    page = field(natural, missing=drop)


class MassRemoval(Parameters):
    """DELETE of a roster."""

    emails = field(strings)
