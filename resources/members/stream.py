"""Whole rosters, sent while they are read: a million members in little memory.

The response is produced after the request's transaction has ended, so it has
a connection of its own, and with it a view of the database that does not
change meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha1
from itertools import islice
from typing import Any

from pyramid.response import Response

from mmcore.database import Database, Session
from resources.members.entry import Entry
from resources.representation import Page, json_text

#: Collections with more entries than this are not put together in memory.
LARGE = 2000
#: Entries that are sent at a time.
BATCH = 500
#: Entries after which what has been loaded is thrown away.
SWEEP = 20_000


def entries_of(rosters: Sequence[Any], start: int, count: int | None) -> Iterator[Entry]:
    """A slice of several rosters one after the other, `count` None for all."""
    left = count
    for roster in rosters:
        if left == 0:
            break
        size = len(roster)
        if start >= size:
            start -= size
            continue
        yield from roster.entries(start, left)
        if left is not None:
            left -= min(left, size - start)
        start = 0


class RosterStream:
    """The text of a collection, in pieces: an iterable for WSGI, with `close`.

    `rosters` are those of the request, `show` makes the object of an entry.
    """

    def __init__(
        self,
        database: Database,
        rosters: Sequence[Any],
        page: Page,
        show: Callable[[Entry], dict[str, Any]],
    ) -> None:
        self._database = database
        # One that is not stored is empty.
        self._oids = [roster._p_oid for roster in rosters if roster._p_oid is not None]
        self._page = page
        self._show = show
        self._session: Session | None = None
        self._hash = sha1(usedforsecurity=False)

    def __iter__(self) -> Iterator[bytes]:
        """The pieces.  What is raised here ends the connection to the client."""
        session = self._session = self._database.session()
        session.begin()
        rosters = [session.connection.get(oid) for oid in self._oids]
        total = sum(len(roster) for roster in rosters)
        start, count = self._page.start, self._page.count
        yield self._piece(f'{{"start": {start}, "total_size": {total}')
        sent = 0
        entries = entries_of(rosters, start, count)
        while batch := ", ".join(self._texts(islice(entries, BATCH))):
            yield self._piece(f', "entries": [{batch}' if not sent else f", {batch}")
            sent += BATCH
            if sent % SWEEP == 0:
                # Leaves that were read are not read again; those in use stay.
                session.connection.cacheMinimize()
        if sent:
            yield self._piece("]")
        yield self._piece(f', "http_etag": "\\"{self._hash.hexdigest()}\\""}}')
        self.close()

    def _texts(self, entries: Iterable[Entry]) -> Iterator[str]:
        return (json_text(self._show(entry)) for entry in entries)

    def _piece(self, text: str) -> bytes:
        piece = text.encode("ascii")
        self._hash.update(piece)
        return piece

    def close(self) -> None:
        """Give the connection back, also when the client has gone away."""
        session, self._session = self._session, None
        if session is not None:
            session.close()


def streamed(stream: RosterStream) -> Response:
    """The response; its length is not known before its end."""
    return Response(status=200, headerlist=[("Content-Type", "application/json")], app_iter=stream)
