"""The public runner: serves the pages for readers of lists over HTTP.

Takes from: HTTP.
Calls: the WSGI application of `mmcore/public/`.
Leaves in: the tree; farewells and notices in `virgin`.
"""

from __future__ import annotations

import logging
from typing import Any

from mmcore.directives import runner
from mmcore.public.wsgi import make_app, server_options
from runners.web import WebRunner

log = logging.getLogger("mmcore.runner")


@runner
class PublicRunner(WebRunner):
    """See `IRunner`."""

    name = "public"

    def make_app(self) -> Any:
        """See `WebRunner`."""
        if not self.settings.public.url:
            log.warning("public: [public] url is empty, so that no mail leads to these pages")
        return make_app(self.engine, self.database, self.settings)

    def address(self) -> tuple[str, int]:
        """See `WebRunner`."""
        return self.settings.public.hostname, self.settings.public.port

    def server_options(self) -> dict[str, Any]:
        """See `WebRunner`."""
        return server_options(self.settings)
