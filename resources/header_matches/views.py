"""`/lists/{list}/header-matches`: what to do with posts by their header fields."""

from __future__ import annotations

import re
from typing import Any

from mmcore.interfaces.header_match import NoSuchHeaderMatchError
from resources.errors import Problem
from resources.header_matches.model import HeaderMatches
from resources.header_matches.representation import header_match_link, show_header_match
from resources.header_matches.schemas import (
    FindHeaderMatches,
    HeaderMatchChange,
    NewHeaderMatch,
)
from resources.lists.model import MailingList
from resources.parameters import optional
from resources.representation import Collection, created, listing, no_content
from resources.rest import RestRequest, Segment, View, opts, rest, segment

#: Clients compare this text, with its missing letter.
NOTHING_FOUND = "Cound not find any HeaderMatch for provided search options."

_POSITION = re.compile(r"0|[1-9][0-9]{0,17}")


@segment(of=MailingList, name="header-matches")
def header_matches(parent: MailingList, name: str, request: RestRequest) -> HeaderMatches:
    """`lists/{list}/header-matches`"""
    return parent.header_matches


@segment(of=HeaderMatches, name="find")
class FindHeaderMatchesSegment(Segment):
    """`lists/{list}/header-matches/find`"""


class Position(Segment):
    """`lists/{list}/header-matches/{position}`"""

    def __init__(self, parent: HeaderMatches, name: str) -> None:
        super().__init__(parent, name)
        self.position = int(name)


@segment(of=HeaderMatches)
def position(parent: HeaderMatches, name: str, request: RestRequest) -> Position:
    """A place where there is a match; raises NoSuchHeaderMatchError and `Problem`."""
    if not _POSITION.fullmatch(name):
        raise Problem(404, bare=True)
    if int(name) >= len(parent):
        raise NoSuchHeaderMatchError(int(name))
    return Position(parent, name)


@rest(context=HeaderMatches)
class HeaderMatchesView(View):
    """All header matches of a list."""

    def GET(self) -> Collection:
        """In their order."""
        matches = self.context
        found = list(enumerate(matches))
        return listing(
            self.request,
            len(found),
            lambda start, count: found[start:][:count],
            lambda entry: show_header_match(self.api, matches, *entry),
        )

    @opts(schema=NewHeaderMatch)
    def POST(self) -> Any:
        """Add one at the end."""
        self.context.append(**self.request.validated)
        return created(header_match_link(self.api, self.context, len(self.context) - 1))

    def DELETE(self) -> Any:
        """Remove all."""
        self.context.clear()
        return no_content()


@rest(context=FindHeaderMatchesSegment)
class FindHeaderMatchesView(View):
    """Some header matches."""

    @opts(schema=FindHeaderMatches)
    def GET(self) -> Collection:
        """Those that fit all that is given; 404 if there is none."""
        matches = self.context.__parent__
        found = list(matches.find(**self.request.validated))
        if not found:
            raise Problem(404, NOTHING_FOUND)
        entries = [show_header_match(self.api, matches, *entry) for entry in found]
        return Collection(entries, 0, len(entries))

    POST = GET


@rest(context=Position)
class HeaderMatchView(View):
    """One header match."""

    def GET(self) -> dict[str, Any]:
        """The header match object."""
        matches, position = self.context.__parent__, self.context.position
        return show_header_match(self.api, matches, position, matches[position])

    @opts(schema=optional(HeaderMatchChange()))
    def PATCH(self) -> Any:
        """Change what is given; `position` moves it."""
        return self._change()

    @opts(schema=HeaderMatchChange)
    def PUT(self) -> Any:
        """Change header and pattern, and what else is given."""
        return self._change()

    def _change(self) -> Any:
        self.context.__parent__.change(self.context.position, **self.request.validated)
        return no_content()

    def DELETE(self) -> Any:
        """Remove it; later ones move up."""
        self.context.__parent__.remove(self.context.position)
        return no_content()
