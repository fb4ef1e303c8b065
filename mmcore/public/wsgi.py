"""The WSGI application of the public pages."""

from __future__ import annotations

import logging
from typing import Any

from pyramid.config import Configurator
from pyramid.exceptions import URLDecodeError
from pyramid.httpexceptions import HTTPException
from pyramid.response import Response
from transaction.interfaces import TransientError

from mmcore.config import Settings
from mmcore.database import UNAVAILABLE, Database
from mmcore.proxies import Proxies
from mmcore.public import pages
from mmcore.public.forms import LARGEST_BODY
from mmcore.public.front import Front, shown_path
from mmcore.public.views import Unsubscribing, answer
from mmcore.services.unsubscribe_tokens import PATH

log = logging.getLogger("mmcore.public")

#: Seconds after which to try again when the storage is away or busy.
RETRY_AFTER = 60


def server_options(settings: Settings) -> dict[str, Any]:
    """Waitress's options for the public pages, in the runner and under `pserve`."""
    return {
        "threads": settings.public.threads,
        # Nobody needs to know which software it is.
        "ident": None,
        # What a mail program posts has twenty-six bytes.
        "max_request_body_size": LARGEST_BODY,
        "max_request_header_size": 2**14,
        # Who is so slow is no reader.
        "channel_timeout": 30,
        # `mmcore.proxies` knows which proxies to believe, and needs their headers for it.
        "clear_untrusted_proxy_headers": False,
    }


def make_app(engine: Any, database: Database, settings: Settings) -> Any:
    """Build the application over the open database that holds the site."""
    # Waitress reports each request that waits for a thread, and, with its path, who has gone.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    logging.getLogger("waitress").setLevel(logging.WARNING)
    config = Configurator()
    config.registry.default_language = settings.mmcore.default_language
    views = Unsubscribing(engine, database)
    config.add_route("unsubscribe", PATH + "{token}")
    for method, view in (
        # Pyramid takes HEAD for a GET, too.
        ("GET", views.show),
        ("POST", views.post),
        ("OPTIONS", views.options),
        (None, views.refuse_method),
    ):
        config.add_view(view, route_name="unsubscribe", request_method=method)
    config.add_exception_view(nowhere_view, context=HTTPException)
    config.add_exception_view(nowhere_view, context=URLDecodeError)
    for lost in (TransientError, *UNAVAILABLE):
        config.add_exception_view(later_view, context=lost)
    # «except Exception» is this registration: it takes what nobody else does.
    config.add_exception_view(fault_view, context=Exception)
    return Front(config.make_wsgi_app(), Proxies(settings.public.trusted_proxies))


def nowhere_view(error: Exception, request: Any) -> Response:
    """There is nothing but the links."""
    return answer(request, 404, pages.nowhere)


def later_view(error: Exception, request: Any) -> Response:
    """The storage is away, or everybody writes: nobody is told of a success that is none."""
    # The level of each line in the access log: anybody can cause it.
    log.debug("%s: %s: %s", request.environ["REQUEST_METHOD"], type(error).__name__, error)
    response = answer(request, 503, pages.later)
    response.headers["Retry-After"] = str(RETRY_AFTER)
    return response


def fault_view(error: Exception, request: Any) -> Response:
    """Everything else is our fault: log it, say nothing of it."""
    environ = request.environ
    log.error("%s %s failed", environ["REQUEST_METHOD"], shown_path(environ), exc_info=error)
    return answer(request, 500, pages.later)
