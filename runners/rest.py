"""The rest runner: serves the REST API over HTTP.

Takes from: HTTP.
Calls: the WSGI application of `resources/`, by way of `mmcore.app`.
Leaves in: the tree.
"""

from __future__ import annotations

from typing import Any

from mmcore.app import make_wsgi_app
from mmcore.config import Settings
from mmcore.directives import runner
from runners.web import WebRunner


def server_options(settings: Settings) -> dict[str, Any]:
    """Waitress's options for the REST API, here and under `pserve`."""
    return {
        "threads": settings.webservice.threads,
        # Nobody needs to know which software it is.
        "ident": None,
        # Read before anybody has said who he is; a message for a queue has to fit.
        "max_request_body_size": settings.mmcore.max_message_bytes + 2**20,
        # URL and header: parameters are in the URL of a GET.
        "max_request_header_size": 2**16,
        # `mmcore.proxies` knows which proxies to believe, and needs their headers for it.
        "clear_untrusted_proxy_headers": False,
    }


@runner
class RestRunner(WebRunner):
    """See `IRunner`."""

    name = "rest"

    def make_app(self) -> Any:
        """See `WebRunner`."""
        return make_wsgi_app(self.settings, self.database)

    def address(self) -> tuple[str, int]:
        """See `WebRunner`."""
        return self.settings.webservice.hostname, self.settings.webservice.port

    def server_options(self) -> dict[str, Any]:
        """See `WebRunner`."""
        return server_options(self.settings)
