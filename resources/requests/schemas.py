"""Parameters of requests to join or leave."""

from __future__ import annotations

from mmcore.interfaces.action import Action
from mmcore.interfaces.subscription import RequestType, TokenOwner
from resources.fields import enumeration, field, text
from resources.paged import PagedQuery
from resources.parameters import Parameters


class CountQuery(Parameters):
    """GET of the number of requests."""

    token_owner = field(enumeration(TokenOwner), missing=None)
    request_type = field(enumeration(RequestType), missing=RequestType.subscription)


class RequestsQuery(CountQuery, PagedQuery):
    """GET of the collection."""


class Answer(Parameters):
    """POST to a request."""

    action = field(enumeration(Action))
    reason = field(text, missing=None)
