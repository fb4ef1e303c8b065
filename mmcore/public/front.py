"""What every request for a public page passes first, and every response last.

A token in a URL is a secret, and so is not written anywhere: not into the log, not by caches, not
as a referrer.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from random import getrandbits
from time import perf_counter
from typing import Any
from urllib.parse import quote

from mmcore.logs import request_id
from mmcore.proxies import Proxies

access = logging.getLogger("mmcore.public.access")

#: Headers of every response.
ALWAYS = (
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("Vary", "Accept-Language"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-Robots-Tag", "noindex, nofollow"),
)

#: Characters of a segment of a path that can be shown: all that is as long as half a token is not.
_SHOWN = 30


class Front:
    """A WSGI application around Pyramid's."""

    def __init__(self, app: Any, proxies: Proxies) -> None:
        self.app = app
        self._proxies = proxies

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a request."""
        begun = perf_counter()
        self._proxies.resolve(environ)
        token = request_id.set(f"{getrandbits(64):016x}")
        answered = "-"

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal answered
            answered = status
            return start_response(
                status, [*headers, *ALWAYS, ("X-Request-Id", request_id.get())], exc_info
            )

        try:
            # All of it is there when the application returns.
            body: Iterable[bytes] = self.app(environ, begin)
            access.debug(
                "%s %s %s %s %.1f ms",
                environ.get("REMOTE_ADDR") or "-",
                environ["REQUEST_METHOD"][:16],
                shown_path(environ),
                answered[:3],
                (perf_counter() - begun) * 1000,
            )
            return body
        finally:
            request_id.reset(token)


def shown_path(environ: dict[str, Any]) -> str:
    """The path of a request for the log: without tokens, and in one line."""
    segments = environ.get("PATH_INFO", "").split("/")
    shown = "/".join(part if len(part) <= _SHOWN else "..." for part in segments)
    return quote(shown[:200], safe="/@:+,=~^*!'()", encoding="latin-1", errors="replace")
