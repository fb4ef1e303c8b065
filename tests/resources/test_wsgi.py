"""The application as a whole."""

from __future__ import annotations

from pyramid.interfaces import IRequestExtensions
from pyramid.request import apply_request_extensions

from resources.rest import RestRequest


def test_requests_get_no_class_of_their_own(app):
    request = RestRequest.blank("/3.1/system")
    request.registry = app.registry
    apply_request_extensions(request)
    assert type(request) is RestRequest
    assert not app.registry.getUtility(IRequestExtensions).descriptors


def test_each_request_has_its_own_explicit_transactions(app):
    requests = [RestRequest.blank("/3.1/system") for _ in range(2)]
    for request in requests:
        request.registry = app.registry
    assert requests[0].tm is requests[0].tm
    assert requests[0].tm is not requests[1].tm
    assert requests[0].tm.explicit
