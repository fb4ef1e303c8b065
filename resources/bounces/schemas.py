"""Parameters of bounce events."""

from __future__ import annotations

from mmcore.interfaces.bounce import BounceCause
from resources.fields import boolean, email, enumeration, field, list_name, moment
from resources.paged import PagedQuery


class MemberBouncesQuery(PagedQuery):
    """GET of the failures of a member: all criteria must be met."""

    cause = field(enumeration(BounceCause), missing=None)
    processed = field(boolean, missing=None)
    since = field(moment, missing=None)


class ListBouncesQuery(MemberBouncesQuery):
    """GET of the failures of a list."""

    email = field(email, missing=None)


class BouncesQuery(ListBouncesQuery):
    """GET of all failures."""

    list_id = field(list_name, missing=None)
