"""Parameters of delivery records."""

from __future__ import annotations

from mmcore.interfaces.delivery import DeliveryState
from resources.fields import boolean, drop, email, enumeration, field, line, list_name, moment
from resources.paged import PagedQuery


class ListDeliveriesQuery(PagedQuery):
    """GET of the records of a list, or of what became of mail for an address."""

    message_id = field(line, missing=None)
    email = field(email, missing=None)
    since = field(moment, missing=None)
    until = field(moment, missing=None)
    attempts = field(boolean, missing=False)
    after = field(line, missing="")


class DeliveriesQuery(ListDeliveriesQuery):
    """The same of all lists."""

    list_id = field(list_name, missing=drop)


class RecipientsQuery(PagedQuery):
    """GET of the recipients of a record."""

    state = field(enumeration(DeliveryState), missing=None)
    email = field(email, missing=None)
    attempts = field(boolean, missing=False)
