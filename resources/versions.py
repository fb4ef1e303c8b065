"""The versions of the API: contexts over the same tree.

`/3.1/…` and `/3.0/…` show the same objects; what differs (the form of ids, the
links) is asked of the request's version, so that objects and views need not
know of it.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from resources.rest import RestRequest, Segment, rest, segment
from resources.root import Site


@segment(of=Site, name="3.0")
@segment(of=Site, name="3.1")
class ApiVersion(Segment):
    """One version of the API, the root of its URLs."""

    def __init__(self, parent: Any, name: str, request: RestRequest) -> None:
        super().__init__(parent, name, request)
        self.base_url: str = f"{request.registry.rest_base_url}/{name}/"
        #: Whether ids are decimal numbers (3.0) instead of 32 hex digits (3.1).
        self.decimal_ids = name == "3.0"
        request.api = self

    def url(self, path: str) -> str:
        """The absolute link to a path, from the configuration and with the port."""
        return self.base_url + path

    def id(self, hexadecimal: str) -> str | int:
        """How a user or member id looks in JSON."""
        return int(hexadecimal, 16) if self.decimal_ids else hexadecimal

    def parse_id(self, text: str) -> str | None:
        """The id that a client means, as 32 hex digits; None if it cannot be one."""
        if self.decimal_ids:
            if not re.fullmatch(r"[0-9]{1,39}", text) or int(text) >= 1 << 128:
                return None
            return f"{int(text):032x}"
        try:
            return UUID(text).hex
        except ValueError:
            return None


@rest(context=ApiVersion)
class ApiVersionView:
    """`/3.1`: exists, but has no methods."""
