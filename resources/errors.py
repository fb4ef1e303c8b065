"""The only place where exceptions become HTTP responses.

Two families, told apart by older clients: a «described» error comes from a
resource and says what is wrong; a «bare» one comes from the way to it (routing,
methods) and repeats its status.  Both are `{"title": …, "description": …}`; a
bare one is XML for a client that wants XML, and has no body for one that takes
neither.  A traceback goes to the log, never into a response.
"""

from __future__ import annotations

import json
import logging
from http.client import responses
from typing import Any
from xml.sax.saxutils import escape

from pyramid.exceptions import URLDecodeError
from pyramid.httpexceptions import HTTPException
from pyramid.response import Response
from transaction.interfaces import TransientError
from webob.acceptparse import create_accept_header

from mmcore.database import UNAVAILABLE
from mmcore.errors import MMCoreError, StorageUnavailableError
from mmcore.interfaces import (
    address,
    ban,
    domain,
    header_match,
    mailing_list,
    member,
    queue,
    subscription,
    user,
)

log = logging.getLogger("mmcore.rest")

JSON = "application/json"

#: Seconds after which a client may try again when the store is away or busy.
RETRY_AFTER = 5

#: What domain errors mean to a client: status, and the text if not their own.
#: Subclasses come before their base class.
DOMAIN_ERRORS: tuple[tuple[type[MMCoreError], int, str | None], ...] = (
    (StorageUnavailableError, 503, "The database is not available"),
    (address.InvalidEmailAddressError, 400, "Invalid email address: {0.email}"),
    (address.ExistingAddressError, 400, "Address already exists: {0.email}"),
    (address.UnverifiedAddressError, 400, "Unverified address"),
    (address.AddressAlreadyLinkedError, 409, "Address belongs to other user"),
    (address.AddressNotLinkedError, 404, "Address does not belong to the user: {0.email}"),
    (domain.BadDomainSpecificationError, 400, None),
    (mailing_list.InvalidListNameError, 400, "Invalid list name: {0.listname}"),
    # Postorius compares this text.
    (mailing_list.ListAlreadyExistsError, 400, "Mailing list exists"),
    (mailing_list.NoSuchListError, 404, "No such list"),
    (member.AlreadySubscribedError, 409, "Member already subscribed"),
    # HyperKitty compares this text.
    (member.MembershipIsBannedError, 400, "Membership is banned"),
    (member.PostingAddressError, 400, "List posting address cannot subscribe"),
    (member.NotAMemberError, 404, "Not a member"),
    (subscription.SubscriptionPendingError, 409, "Subscription request already pending"),
    (subscription.NoSuchRequestError, 404, "404 Not Found"),
    (member.MembershipError, 400, None),
    (user.MissingPreferredAddressError, 400, "User has no preferred address"),
    (user.UserError, 400, None),
    (ban.NotBannedError, 404, "Email is not banned: {0.email}"),
    (header_match.NoSuchHeaderMatchError, 404, "No header match at this position: {0.position}"),
    (queue.NoSuchQueueError, 404, "No such queue: {0}"),
    (queue.NoSuchEntryError, 404, "No such queue file: {0}"),
    (MMCoreError, 400, None),
)


class Problem(Exception):  # noqa: N818 - named after RFC 9457
    """An answer to the client, raised by whoever finds out.

    `described` errors come from a resource, `bare` ones from the way to it.
    """

    def __init__(
        self,
        status: int,
        description: str | None = None,
        *,
        bare: bool = False,
        title: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(status, description)
        self.status = status
        self.description = description
        self.bare = bare
        self.title = title
        self.headers = headers or {}


def described(status: int, description: str | None = None) -> Response:
    """An error of a resource: says in `description` what is wrong."""
    title = f"{status} {responses[status]}"
    return _problem(status, title, description, "application/json; charset=UTF-8")


def bare(
    request: Any, status: int, description: str | None = None, title: str | None = None
) -> Response:
    """An error on the way to a resource, in the form that the client accepts."""
    title = title or f"{status} {responses[status]}"
    response = _problem(status, title, description, JSON)
    kind = error_type(request.environ.get("HTTP_ACCEPT"))
    if kind is None:
        response.body = b""
    elif kind != JSON:
        response.headers["Content-Type"] = kind
        response.body = error_xml(title, description or title)
    response.headers["Vary"] = "Accept"
    return response


def error_type(accept: str | None) -> str | None:
    """The media type of a bare error: JSON if it may be, else XML; None if neither may."""
    if not accept or "*/*" in accept or "json" in accept:
        return JSON
    offered = create_accept_header(accept).acceptable_offers((JSON, "application/xml", "text/xml"))
    best = max((quality for _, quality in offered), default=0)
    for kind in (JSON, "application/xml", "text/xml"):
        if (kind, best) in offered:
            return kind
    return None


def error_xml(title: str, description: str) -> bytes:
    """`<error><title>…</title>…</error>`."""
    inner = f"<title>{escape(title)}</title><description>{escape(description)}</description>"
    # What XML cannot say (control characters) is left out.
    text = "".join(c if c.isprintable() else " " for c in inner)
    return f'<?xml version="1.0" encoding="UTF-8"?><error>{text}</error>'.encode()


def _problem(status: int, title: str, description: str | None, content_type: str) -> Response:
    body = json.dumps({"title": title, "description": description or title}).encode("ascii")
    return Response(
        status=status,
        headerlist=[("Content-Type", content_type), ("Content-Length", str(len(body)))],
        app_iter=[body],
    )


def unavailable(description: str) -> Response:
    """503: the request may be tried again."""
    response = described(503, description)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def problem_view(error: Problem, request: Any) -> Response:
    """Errors that traversal and views raise."""
    if error.bare:
        response = bare(request, error.status, error.description, error.title)
    else:
        response = described(error.status, error.description)
    response.headers.update(error.headers)
    return response


def http_exception_view(error: HTTPException, request: Any) -> Response:
    """Errors that Pyramid itself raises; its texts are not for clients."""
    return bare(request, error.status_int) if error.status_int >= 400 else error


def domain_error_view(error: MMCoreError, request: Any) -> Response:
    """Errors that the model and the services raise on purpose."""
    for cls, status, text in DOMAIN_ERRORS:
        if isinstance(error, cls):
            description = str(error) if text is None else text.format(error)
            return unavailable(description) if status == 503 else described(status, description)
    raise AssertionError("unreachable: MMCoreError is in the table")  # pragma: no cover


def transient_error_view(error: Exception, request: Any) -> Response:
    """Conflicts and lost connections, after the last retry."""
    log.warning("%s %s: %s: %s", request.method, request.url, type(error).__name__, error)
    return unavailable("The database is busy or not available")


def undecodable_url_view(error: Exception, request: Any) -> Response:
    """The path is not UTF-8."""
    return bare(request, 400, "The URL is not UTF-8")


def internal_error_view(error: Exception, request: Any) -> Response:
    """Everything else is our fault: log it, say nothing."""
    # `path_info` of an undecodable URL would raise: the environ never does.
    path = request.environ.get("PATH_INFO")
    log.error("%s %s failed", request.method, path, exc_info=error)
    return bare(request, 500)


def includeme(config: Any) -> None:
    """Register the exception views."""
    # «except Exception» is this registration: it takes what nobody else does.
    config.add_exception_view(internal_error_view, context=Exception)
    config.add_exception_view(problem_view, context=Problem)
    config.add_exception_view(http_exception_view, context=HTTPException)
    config.add_exception_view(domain_error_view, context=MMCoreError)
    for lost in (TransientError, *UNAVAILABLE):
        if not issubclass(lost, MMCoreError):
            config.add_exception_view(transient_error_view, context=lost)
    config.add_exception_view(undecodable_url_view, context=URLDecodeError)
