"""What every request passes first and every response last.

A WSGI application around Pyramid's: it finds out who the client is, gives the
request an id, and writes a line about it into the log.  The id is in the header
`X-Request-Id` of the response, so also of every error, and in each log line of the
request; what a client reports can be found by it.

Every response says `X-Content-Type-Options: nosniff`, since some carry texts
of messages, which no browser shall take for a page.  `Cache-Control` is not
sent: a response to a request with credentials is not kept by shared caches
(RFC 9111, section 3.5), and ours have nothing that would make one fresh.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from random import getrandbits
from time import perf_counter
from typing import Any
from urllib.parse import quote

from mmcore.logs import request_id
from mmcore.proxies import Proxies

access = logging.getLogger("mmcore.rest.access")

#: Ids of trusted proxies that can be used as they are, in a header and in a log.
SANE_ID = re.compile(r"[0-9A-Za-z._-]{1,64}")
#: Methods whose success changes nothing: one line per request would be the bulk of the log.
READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: Where the security policy leaves the name of the account.
ACCOUNT = "mmcore.account"


class Front:
    """See the module."""

    def __init__(self, app: Any, proxies: Proxies) -> None:
        self.app = app
        self.registry = app.registry
        self._proxies = proxies

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Serve a request."""
        begun = perf_counter()
        name = ""
        if self._proxies.resolve(environ):
            name = environ.get("HTTP_X_REQUEST_ID", "")
        if not name or not SANE_ID.fullmatch(name):
            # To tell requests apart, not to be secret.
            name = f"{getrandbits(64):016x}"
        token = request_id.set(name)
        answered = "-"

        def begin(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            nonlocal answered
            answered = status
            return start_response(
                status,
                [*headers, ("X-Request-Id", name), ("X-Content-Type-Options", "nosniff")],
                exc_info,
            )

        def end() -> None:
            log_access(environ, answered, perf_counter() - begun)

        try:
            body = self.app(environ, begin)
            if type(body) is list:
                end()
                return body
            return Body(body, end, name)
        finally:
            request_id.reset(token)


class Body:
    """The body of a response that is made while it is sent: the request goes on until its end."""

    def __init__(self, chunks: Iterable[bytes], end: Callable[[], None], name: str) -> None:
        self._chunks = chunks
        self._end = end
        self._name = name

    def __iter__(self) -> Iterator[bytes]:
        request_id.set(self._name)
        return iter(self._chunks)

    def close(self) -> None:
        """End the request; servers call it, also when the client has gone."""
        try:
            close = getattr(self._chunks, "close", None)
            if close is not None:
                close()
            self._end()
        finally:
            request_id.set("")


def log_access(environ: dict[str, Any], status: str, seconds: float) -> None:
    """One line for a request: who, what, with which result, how long.

    At the level info for what an account has changed or tried to change, and for
    faults; everything else at the level debug: those who have no account cannot
    fill a disk, and reading leaves no trace by default.
    """
    method = environ["REQUEST_METHOD"]
    notable = ACCOUNT in environ and (method not in READING or status[0] == "5")
    level = logging.INFO if notable else logging.DEBUG
    if access.isEnabledFor(level):
        # Quoted: a line break in a URL begins no line in the log.
        path = quote(environ.get("PATH_INFO", ""), safe="/@:+,=~^*!'()", encoding="latin-1")
        client = environ.get("REMOTE_ADDR", "-")
        access.log(
            level, "%s %s %s %s %.1f ms", client, method[:16], path, status[:3], seconds * 1000
        )
