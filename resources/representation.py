"""What all representations share: JSON, `http_etag`, collections, responses.

Objects do not know how they look to a client, nor under which API version:
the functions that build representations live beside the views of each
collection and ask `request.api` for identifiers and links.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import Enum
from hashlib import sha1
from typing import Any
from urllib.parse import quote

from pyramid.response import Response

from resources.errors import Problem
from resources.parameters import ParameterError, form_parameters

#: Characters that `Location` leaves alone: reserved and unreserved, RFC 3986.
URI_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"

#: A larger `count` means this one: no index holds so many, and larger ones need not fit a slice.
MOST_ENTRIES = 1 << 40

#: Shown instead of password hashes; sent back, it means «leave it as it is».
MASK = "********"


def _plain(value: Any) -> Any:
    """JSON for what the json module does not know."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{value!r} cannot be shown as JSON")


_encode = json.JSONEncoder(default=_plain, check_circular=False).encode


def duration_text(span: timedelta) -> str:
    """A time span the way it can be sent back: `90d`, `1d7384.0s`."""
    if not span.seconds and not span.microseconds:
        return f"{span.days}d"
    return f"{span.days}d{span.seconds + span.microseconds / 1_000_000}s"


@dataclass
class Collection:
    """One page of a collection; `total` counts all of it, `more` is told beside that."""

    entries: Sequence[dict[str, Any]]
    start: int
    total: int
    self_link: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


def json_text(data: dict[str, Any]) -> str:
    """An object as JSON with its `http_etag`, a hash of everything else."""
    return _tagged(_encode(data))


def _tagged(text: str) -> str:
    tag = sha1(text.encode("ascii"), usedforsecurity=False).hexdigest()
    comma = ", " if len(text) > 2 else ""
    return f'{text[:-1]}{comma}"http_etag": "\\"{tag}\\""}}'


def _collection_text(collection: Collection) -> str:
    head: dict[str, Any] = {"start": collection.start, "total_size": collection.total}
    if collection.self_link is not None:
        head["self_link"] = collection.self_link
    head.update(collection.more)
    text = _encode(head)
    if collection.entries:
        entries = ", ".join(json_text(entry) for entry in collection.entries)
        text = f'{text[:-1]}, "entries": [{entries}]}}'
    return _tagged(text)


def respond(data: dict[str, Any] | Collection, status: int = 200) -> Response:
    """The response for what a view returns."""
    text = _collection_text(data) if isinstance(data, Collection) else json_text(data)
    body = text.encode("ascii")
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return Response(status=status, headerlist=headers, app_iter=[body])


def created(url: str) -> Response:
    """201 without a body; `Location` says where the new object is."""
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", "0"),
        ("Location", quote(url, safe=URI_CHARACTERS)),
    ]
    return Response(status=201, headerlist=headers, app_iter=[])


def done() -> Response:
    """200 without a body."""
    return Response(status=200, headerlist=[("Content-Length", "0")], app_iter=[])


def accepted(data: dict[str, Any]) -> Response:
    """202: another step is needed, the body tells which."""
    return respond(data, 202)


def no_content() -> Response:
    """204: done."""
    return Response(status=204, headerlist=[], app_iter=[])


@dataclass(frozen=True)
class Page:
    """Which part of a collection a client wants; `count` None means everything."""

    start: int = 0
    count: int | None = None


EVERYTHING = Page()


def paging(request: Any) -> Page:
    """The page that the query (or form) asks for; never read from JSON.

    `count` without `page` is the first page; `page` without `count` has no
    meaning and is refused.  Raises ParameterError and `Problem`.
    """
    if not request.environ.get("QUERY_STRING") and not request.environ.get("CONTENT_TYPE"):
        return EVERYTHING
    found = form_parameters(request)
    if "count" not in found:
        if "page" in found:
            raise ParameterError("Missing Parameter: count")
        return EVERYTHING
    count = _number("count", found["count"], 0)
    page = _number("page", found.get("page", "1"), 1)
    return Page((page - 1) * count, min(count, MOST_ENTRIES))


def _number(name: str, value: Any, least: int) -> int:
    text = value[-1] if isinstance(value, list) else value
    try:
        number = int(text)
    except ValueError:
        raise _bad_number(name, "The value must be an integer.") from None
    if number < least:
        raise _bad_number(name, f"The value must be at least {least}.")
    return number


def _bad_number(name: str, reason: str) -> Problem:
    # Paging is no matter of the resource: its errors look like those of the way to it.
    description = f'The "{name}" parameter is invalid. {reason}'
    return Problem(400, description, bare=True, title="Invalid parameter")


def listing(
    request: Any,
    total: int,
    fetch: Callable[[int, int | None], Iterable[Any]],
    show: Callable[[Any], dict[str, Any]],
    self_link: str | None = None,
) -> Collection:
    """The collection envelope around the page that the client wants.

    `fetch(start, count)` loads a slice, `show` represents one object.
    """
    page = paging(request)
    items = () if page.count == 0 or page.start >= total else fetch(page.start, page.count)
    return Collection([show(item) for item in items], page.start, total, self_link)
