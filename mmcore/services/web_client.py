"""The HTTP client and the certificates that it trusts, made when they are first needed.

Most processes never ask a web server for anything.
"""

from __future__ import annotations

import logging
import ssl
from functools import cache
from typing import Any


@cache
def http_client() -> Any:
    """The module `httpx`."""
    import httpx

    # It would log every request with its URL, and the password in it.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    return httpx


@cache
def certificates() -> ssl.SSLContext:
    """The certificates that this machine trusts; costs 10 ms."""
    return ssl.create_default_context()
